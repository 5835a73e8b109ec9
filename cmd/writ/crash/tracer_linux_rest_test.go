//go:build linux && !amd64 && !arm64

package crash_test

import "syscall"

// third is not known here: nothing is halved.
func third(*syscall.PtraceRegs) *uint64 { return nil }
