package crash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	signals "os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tracer runs a program and looks at each of its system calls, of which it counts those that write
// to what it watches. It sees what the kernel sees: nothing in the program knows of it.
type tracer struct {
	program int                // process
	lines   map[int]string     // open connections of the program, and where they lead
	begun   map[int]*execution // system calls that were let in, by thread; those that count only

	mu      sync.Mutex
	plan    plan
	plans   int // how many there were
	counted int
	struck  string // what the plan did
}

// execution is the write that a plan is about.
type execution struct {
	what string
	when moment
	plan int
}

// isReaper reports whether this process is to trace a program, and not to test anything.
func isReaper(args []string) bool { return len(args) > reaperArgs && args[1] == reaperWord }

// reap runs a program under a tracer until it ends, and gives its exit code.
func reap(args []string) int {
	t := &tracer{lines: map[int]string{}, begun: map[int]*execution{}}
	text, err := os.ReadFile(args[3])
	if err == nil {
		err = json.Unmarshal(text, &t.plan)
	}
	if err == nil {
		err = t.listen(args[2])
	}
	if err == nil {
		err = t.start(args[reaperArgs:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reaper:", err)
		return 1
	}
	return t.run()
}

// The options of ptrace that the standard library does not name.
const (
	marksCalls   = 0x1      // PTRACE_O_TRACESYSGOOD
	tracesClones = 0x8      // PTRACE_O_TRACECLONE
	diesWithUs   = 0x100000 // PTRACE_O_EXITKILL
	callTrap     = syscall.SIGTRAP | 0x80
	describeCall = 0x420e // PTRACE_GET_SYSCALL_INFO
)

// start begins the program. Only the thread that does so may trace it.
func (t *tracer) start(command []string) error {
	runtime.LockOSThread()
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); err != nil {
		return err
	}
	t.program = c.Process.Pid
	stop := make(chan os.Signal, 1)
	signals.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for s := range stop {
			_ = syscall.Kill(t.program, s.(syscall.Signal))
		}
	}()
	if _, err := syscall.Wait4(t.program, nil, syscall.WALL, nil); err != nil {
		return fmt.Errorf("wait for the program: %w", err)
	}
	if err := syscall.PtraceSetOptions(t.program, marksCalls|tracesClones|diesWithUs); err != nil {
		return fmt.Errorf("trace the program: %w", err)
	}
	return syscall.PtraceSyscall(t.program, 0)
}

// run lets the program go on from each stop to the next.
func (t *tracer) run() int {
	known := map[int]bool{t.program: true}
	for {
		var status syscall.WaitStatus
		thread, err := syscall.Wait4(-1, &status, syscall.WALL, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			fmt.Fprintln(os.Stderr, "reaper: wait:", err)
			return 1
		case !status.Stopped():
			if thread == t.program {
				return ended(status)
			}
			continue
		}
		pass := 0
		switch s := status.StopSignal(); {
		case s == callTrap:
			t.call(thread)
		case s == syscall.SIGTRAP: // a thread was begun
		case s == syscall.SIGSTOP && !known[thread]: // how a new one starts
		default:
			pass = int(s)
		}
		known[thread] = true
		_ = syscall.PtraceSyscall(thread, pass) // one that is being killed is gone
	}
}

func ended(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// call looks at a thread that is about to begin a system call, or has just ended one.
func (t *tracer) call(thread int) {
	c, err := describe(thread)
	switch {
	case err != nil: // it is being killed
	case c.op == callBegins:
		t.enter(thread, c)
	case c.op == callEnds && t.begun[thread] != nil:
		e := t.begun[thread]
		delete(t.begun, thread)
		t.strike(e)
	}
}

func (t *tracer) enter(thread int, c *called) {
	switch c.number {
	case syscall.SYS_CONNECT:
		t.lines[int(c.args[0])] = address(thread, c.args[1], c.args[2])
		return
	case syscall.SYS_CLOSE:
		delete(t.lines, int(c.args[0]))
		return
	}
	what, writes := t.writes(thread, c)
	if !writes {
		return
	}
	t.mu.Lock()
	t.counted++
	now, e := t.counted == t.plan.At, &execution{what, t.plan.When, t.plans}
	t.mu.Unlock()
	if !now {
		return
	}
	if e.when == before || e.when == amid && !halve(thread, c) {
		t.strike(e)
		return
	}
	t.begun[thread] = e
}

// strike kills the victim, unless there is another plan now, and does not go on before it is gone.
func (t *tracer) strike(e *execution) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.plan != t.plans {
		return
	}
	victim := t.plan.Victim
	if victim == 0 {
		victim = t.program
	}
	t.struck = fmt.Sprintf("%s write %d, %s", e.when, t.counted, e.what)
	fmt.Fprintf(os.Stderr, "reaper: %s\n", t.struck)
	_ = syscall.Kill(victim, t.plan.signal())
	if victim != t.program {
		awaitEnd(victim)
	}
}

// awaitEnd returns when a process is gone or nobody has collected it yet.
func awaitEnd(process int) {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
		_, state, _ := strings.Cut(string(status), ") ")
		if err != nil || strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X") {
			return
		}
	}
}

// writes reports whether a system call changes something that is watched.
func (t *tracer) writes(thread int, c *called) (what string, watched bool) {
	name, target := "", ""
	switch c.number {
	case syscall.SYS_UNLINKAT, syscall.SYS_RENAMEAT:
		name, target = calls[c.number], text(thread, c.args[1])
	case syscall.SYS_OPENAT:
		if c.args[2]&syscall.O_CREAT == 0 {
			return "", false
		}
		name, target = "create", text(thread, c.args[1])
	default:
		known := false
		if name, known = calls[c.number]; !known {
			return "", false
		}
		target = t.target(int(c.args[0]))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, prefix := range t.plan.Watch {
		if strings.HasPrefix(target, prefix) {
			return name + " " + target, true
		}
	}
	return "", false
}

// target is the file or the peer that a descriptor of the program stands for.
func (t *tracer) target(descriptor int) string {
	if line, is := t.lines[descriptor]; is {
		return line
	}
	path, _ := os.Readlink(filepath.Join("/proc", fmt.Sprint(t.program), "fd", fmt.Sprint(descriptor)))
	return path
}

// calls are the system calls that write: by a descriptor, or by a path.
var calls = map[uint64]string{
	syscall.SYS_WRITE: "write", syscall.SYS_PWRITE64: "pwrite", syscall.SYS_WRITEV: "writev", syscall.SYS_PWRITEV: "pwritev",
	syscall.SYS_SENDTO: "send", syscall.SYS_SENDMSG: "send", syscall.SYS_FSYNC: "fsync", syscall.SYS_FDATASYNC: "fdatasync",
	syscall.SYS_FTRUNCATE: "truncate", syscall.SYS_UNLINKAT: "unlink", syscall.SYS_RENAMEAT: "rename",
}
