package crash_test

import "syscall"

// third is the third argument of a system call.
func third(r *syscall.PtraceRegs) *uint64 { return &r.Regs[2] }
