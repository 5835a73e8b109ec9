package cli

import (
	"bufio"
	"os"
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
