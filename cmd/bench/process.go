package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// stopWithin bounds how long a process may take to end in an orderly way.
const stopWithin = 20 * time.Second

// build makes a program of this module with the flags of the Makefile, but for those that only make
// it smaller.
func build(ctx context.Context, to, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "nomsgpack,nopgxregisterdefaulttypes", "-ldflags", "-s -w", "-o", to, pkg)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w: %s", pkg, err, out)
	}
	return nil
}

// process is a program that runs beside this one until it is stopped.
type process struct {
	cmd   *exec.Cmd
	said  *tail
	ended chan struct{}
	end   error // once ended is closed
}

// start runs a program. What it says is kept for the case that it fails.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, said: &tail{}, ended: make(chan struct{})}
	cmd.Stderr = p.said
	err := cmd.Start()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() {
		defer close(p.ended)
		p.end = cmd.Wait()
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// running fails when the program has ended.
func (p *process) running() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %w: %s", p.cmd.Path, p.end, p.said)
	default:
		return nil
	}
}

// stop asks the program to end, and ends it when it does not.
func (p *process) stop(ask syscall.Signal) error {
	err := p.cmd.Process.Signal(ask)
	if err != nil {
		return p.running()
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopWithin):
		err := p.cmd.Process.Kill()
		<-p.ended
		return errors.Join(fmt.Errorf("%s did not stop within %s", p.cmd.Path, stopWithin), err)
	}
}

// await waits until a program that starts is ready.
func (p *process) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		if ended := p.running(); ended != nil {
			return ended
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready: %w: %s", p.cmd.Path, err, p.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tail keeps the end of what was written to it. Only one goroutine writes, and it is read when the
// writer has ended or is stuck.
type tail struct{ kept []byte }

const maxTail = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = bytes.Clone(t.kept[over:])
	}
	return len(b), nil
}

// String implements fmt.Stringer.
func (t *tail) String() string { return string(t.kept) }
