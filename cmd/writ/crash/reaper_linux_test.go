package crash_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A reaper is this test binary in another process, which runs a program and ends it at one of its
// writes:
//
//	crash.test reaper SOCKET FILE program arguments…
const (
	reaperWord = "reaper"
	reaperArgs = 4 // before the program
)

// plan says at which write something is killed. The zero plan kills nothing.
type plan struct {
	Watch  []string `json:"watch"` // beginnings of paths and of addresses; writes to these count
	At     int      `json:"at"`    // the number of the write, from when the plan was given
	When   moment   `json:"when"`
	Victim int      `json:"victim,omitempty"` // a process; 0 for the program itself
	Signal int      `json:"signal,omitempty"` // 0 for SIGKILL
}

func (p plan) signal() syscall.Signal {
	if p.Signal == 0 {
		return syscall.SIGKILL
	}
	return syscall.Signal(p.Signal)
}

// String says when.
func (p plan) String() string {
	if p.At == 0 {
		return "never"
	}
	return fmt.Sprintf("%s write %d", p.When, p.At)
}

// moment is how much of a write is done.
type moment int

const (
	before moment = iota
	amid          // half of its bytes
	after
	moments // how many there are
)

// String says when.
func (m moment) String() string { return [...]string{"before", "amid", "after"}[m] }

// progress is what a reaper answers.
type progress struct {
	Counted int    `json:"counted"` // writes since the plan before was given
	Struck  string `json:"struck"`  // what that plan did, or empty
}

// listen takes plans.
func (t *tracer) listen(socket string) error {
	_ = os.Remove(socket) // of one that was killed
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			line, err := l.Accept()
			if err != nil {
				return
			}
			go t.obey(line)
		}
	}()
	return nil
}

func (t *tracer) obey(line net.Conn) {
	defer func() { _ = line.Close() }()
	var next plan
	if json.NewDecoder(line).Decode(&next) != nil {
		return
	}
	t.mu.Lock()
	so := progress{t.counted, t.struck}
	t.plan, t.counted, t.struck = next, 0, ""
	t.plans++
	t.mu.Unlock()
	_ = json.NewEncoder(line).Encode(so)
}

// reaper is the test's side of one: the program that runs under it may be started again and again.
type reaper struct{ socket string }

func newReaper(t *testing.T) *reaper {
	t.Helper()
	dir, err := os.MkdirTemp("", "reap") //nolint:usetesting // the names that the testing package makes are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &reaper{socket: filepath.Join(dir, "s")}
}

// command is what runs a program under the reaper.
func (r *reaper) command(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r.first(t, plan{})
	return []string{self, reaperWord, r.socket, r.plan()}
}

func (r *reaper) plan() string { return r.socket + ".plan" }

// first is the plan of programs that are started from now on, from their first instruction on.
func (r *reaper) first(t *testing.T, p plan) {
	t.Helper()
	text, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(r.plan(), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// expect gives the reaper another plan, and tells what became of the one before.
func (r *reaper) expect(t *testing.T, next plan) progress {
	t.Helper()
	so, err := r.ask(next)
	if err != nil {
		t.Fatalf("give the reaper a plan: %v", err)
	}
	return so
}

// ask is expect for whoever does not know whether the program still runs. Without one there is no
// reaper.
func (r *reaper) ask(next plan) (so progress, err error) {
	line, err := net.DialTimeout("unix", r.socket, reaperWithin)
	if err != nil {
		return so, err
	}
	defer func() { _ = line.Close() }()
	if err := json.NewEncoder(line).Encode(next); err != nil {
		return so, err
	}
	return so, json.NewDecoder(line).Decode(&so)
}

const reaperWithin = 10 * time.Second

// gone is closed when the program has ended, however it did.
func (r *reaper) gone(t *testing.T) <-chan struct{} {
	t.Helper()
	line, err := net.DialTimeout("unix", r.socket, reaperWithin)
	if err != nil {
		t.Fatalf("call the reaper: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, line) // ends with the other side
		_ = line.Close()
	}()
	return ended
}
