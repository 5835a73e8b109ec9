//go:build !linux

package bunstoretest

import "syscall"

func dyingWithParent(a *syscall.SysProcAttr) *syscall.SysProcAttr { return a }
