package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// releaseProgram tells the kernel that the parts of the program that starting used are not needed
// now. They stay in the page cache; what runs again is mapped again, without reading the disk.
func releaseProgram() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return // a system that shows no maps is not asked to forget any
	}
	defer func() { _ = maps.Close() }()
	program, err := os.Executable()
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if from, to, is := constantPart(lines.Text(), program); is {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}

// constantPart reads a line of proc_pid_maps(5), and reports whether it is a part of the program
// that cannot be written to, so that the file has all that is in it.
func constantPart(line, program string) (from, to uintptr, is bool) {
	var rights string
	_, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights)
	return from, to, err == nil && rights[1] == '-' && strings.HasSuffix(line, " "+program)
}
