package harness

import (
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

// process is one run of the binary. Its methods are safe for concurrent use.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed when it has ended
	log     *log
}

// launch starts a program with its arguments. It ends with this process at the latest.
func launch(command, env []string, log *log) (*process, error) {
	p := &process{command: exec.Command(command[0], command[1:]...), ended: make(chan struct{}), log: log}
	p.command.Env, p.command.SysProcAttr = env, dyingWithParent()
	p.command.Stdout, p.command.Stderr = log, log
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the child is bound to the thread that started it
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := p.command.Start()
		started <- err
		if err == nil {
			_ = p.command.Wait() // how it ended is in ProcessState
		}
	}()
	return p, <-started
}

// hasEnded reports whether the process is gone.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// log keeps what processes say. It is safe for concurrent use.
type log struct {
	mu   sync.Mutex
	said strings.Builder
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

// String is everything so far.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}
