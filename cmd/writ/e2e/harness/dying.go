//go:build !linux

package harness

import "syscall"

func dyingWithParent() *syscall.SysProcAttr { return nil }
