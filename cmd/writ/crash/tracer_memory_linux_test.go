package crash_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"syscall"
	"unsafe"
)

// called is a system call as the kernel describes it, whatever the processor (struct
// ptrace_syscall_info).
type called struct {
	op     uint8
	_      [3]uint8
	_      uint32 // architecture
	_, _   uint64 // where the program is
	number uint64
	args   [6]uint64
	_      [2]uint64
}

// The stops at a system call.
const (
	callBegins = 1
	callEnds   = 2
)

func describe(thread int) (*called, error) {
	var c called
	_, _, failed := syscall.Syscall6(syscall.SYS_PTRACE, describeCall, uintptr(thread),
		unsafe.Sizeof(c), uintptr(unsafe.Pointer(&c)), 0, 0)
	if failed != 0 {
		return nil, failed
	}
	return &c, nil
}

// halve makes a write shorter that is about to begin, if it is one of a length, as it may be when
// its thread is killed in it.
func halve(thread int, c *called) bool {
	switch c.number {
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_SENDTO:
	default:
		return false
	}
	var registers syscall.PtraceRegs
	length := third(&registers)
	if length == nil || c.args[2] < 2 || syscall.PtraceGetRegs(thread, &registers) != nil {
		return false
	}
	*length /= 2
	return syscall.PtraceSetRegs(thread, &registers) == nil
}

// memory reads from the program.
func memory(thread int, at, length uint64) []byte {
	content := make([]byte, length)
	n, _ := syscall.PtracePeekData(thread, uintptr(at), content)
	return content[:max(n, 0)]
}

// text is a string of C in the program's memory.
func text(thread int, at uint64) string {
	const piece, longest = 64, 4096
	var all []byte
	for len(all) < longest {
		next := memory(thread, at+uint64(len(all)), piece)
		if end := bytes.IndexByte(next, 0); end >= 0 || len(next) < piece {
			return string(append(all, next[:max(end, 0)]...))
		}
		all = append(all, next...)
	}
	return string(all)
}

// address is where a connect leads: a path, or host:port.
func address(thread int, at, length uint64) string {
	raw := memory(thread, at, length)
	if len(raw) < 2 {
		return "nowhere"
	}
	family := binary.NativeEndian.Uint16(raw)
	switch {
	case family == syscall.AF_UNIX:
		path, _, _ := bytes.Cut(raw[2:], []byte{0})
		return string(path)
	case family == syscall.AF_INET && len(raw) >= 8:
		return fmt.Sprintf("%d.%d.%d.%d:%d", raw[4], raw[5], raw[6], raw[7], binary.BigEndian.Uint16(raw[2:]))
	}
	return "elsewhere"
}
