package harness

import "syscall"

// dyingWithParent makes the kernel end the child when this process dies, however it does.
func dyingWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
