package bunstoretest

import "syscall"

// dyingWithParent makes the kernel end the server when this process dies, however it does.
func dyingWithParent(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	a.Pdeathsig = syscall.SIGQUIT
	return a
}
