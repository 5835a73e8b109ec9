package crash_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// A reaper is this test binary in another process, which runs a program and ends it at one of its
// writes:
//
//	crash.test reaper SOCKET PLAN program arguments…
const (
	reaperWord = "reaper"
	reaperArgs = 4 // before the program
)

// plan says at which write something is killed. The zero plan kills nothing.
type plan struct {
	Watch  []string `json:"watch"`            // beginnings of paths and of addresses; writes to these count
	At     int      `json:"at"`               // the number of the write, from when the plan was given
	After  bool     `json:"after"`            // when it was done, not before
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
	if p.After {
		return fmt.Sprintf("after write %d", p.At)
	}
	return fmt.Sprintf("before write %d", p.At)
}

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

// command is what runs a program under the reaper, with a plan from its first instruction on.
func (r *reaper) command(t *testing.T, first plan) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	return []string{self, reaperWord, r.socket, string(text)}
}

// expect gives the reaper another plan, and tells what became of the one before.
func (r *reaper) expect(t *testing.T, next plan) progress {
	t.Helper()
	var so progress
	line, err := net.DialTimeout("unix", r.socket, 10*time.Second)
	if err != nil {
		t.Fatalf("call the reaper: %v", err)
	}
	defer func() { _ = line.Close() }()
	if err := json.NewEncoder(line).Encode(next); err != nil {
		t.Fatalf("tell the reaper: %v", err)
	}
	if err := json.NewDecoder(line).Decode(&so); err != nil {
		t.Fatalf("hear the reaper: %v", err)
	}
	return so
}

// gone is closed when the program has ended, however it did.
func (r *reaper) gone(t *testing.T) <-chan struct{} {
	t.Helper()
	line, err := net.DialTimeout("unix", r.socket, 10*time.Second)
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

// struck finds what reapers did in a log.
var struck = regexp.MustCompile(`(?m)^reaper: (.* write .*)$`)

// lastStruck is what a reaper did last, by the log of its program.
func lastStruck(log string) string {
	all := struck.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1][1]
}
