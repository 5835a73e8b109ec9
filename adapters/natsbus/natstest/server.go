package natstest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Server is one NATS server process. Its methods are for the goroutine of the test.
type Server struct {
	URL  string // of the clients; stays the same over a restart
	Name string // in its cluster; empty: it is in none

	t       testing.TB
	under   []string
	binary  string
	dir     string
	address string
	flags   []string // further ones
	env     []string // beside this process's own
	process *exec.Cmd
	ended   chan struct{}
}

const startWithin = 20 * time.Second

// Start runs a server with JetStream in a directory of the test, on a port that the system picks.
// It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := prepare(t)
	s.Restart()
	return s
}

// StartUnder is Start by a program with arguments, which is given the server's command line and
// runs it.
func StartUnder(t testing.TB, program ...string) *Server {
	t.Helper()
	s := prepare(t)
	s.under = program
	s.Restart()
	return s
}

// StartWith is Start with a file of configuration, which says everything but where the server
// listens and keeps its files. It may read variables that are given, each as "name=value".
func StartWith(t testing.TB, configuration string, env ...string) *Server {
	t.Helper()
	s := prepare(t, "-c", configuration)
	s.env = env
	s.Restart()
	return s
}

func prepare(t testing.TB, flags ...string) *Server {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, binary: binary, dir: t.TempDir(), address: "127.0.0.1:-1", flags: flags}
	t.Cleanup(s.Kill)
	return s
}

// Restart starts the server where it was before, and returns when it takes connections.
func (s *Server) Restart() {
	s.t.Helper()
	host, port, _ := strings.Cut(s.address, ":")
	command := slices.Concat(s.under, []string{s.binary, "-a", host, "-p", port, "-js", "-sd", s.dir}, s.flags)
	s.process, s.ended = exec.Command(command[0], command[1:]...), make(chan struct{})
	s.process.Env = append(os.Environ(), s.env...)
	said, err := s.process.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("start %s: %v", s.binary, err)
	}
	started := make(chan string, 1)
	go func(process *exec.Cmd, ended chan<- struct{}) {
		defer close(ended)
		read(bufio.NewScanner(said), started)
		_ = process.Wait() // how it ended is nobody's concern
	}(s.process, s.ended)
	select {
	case address := <-started:
		s.listensOn(address)
	case <-time.After(startWithin):
		s.Kill()
		s.t.Fatalf("the server did not start within %s", startWithin)
	}
}

func (s *Server) listensOn(address string) {
	s.t.Helper()
	if address == "" {
		s.Kill()
		s.t.Fatal("the server ended before it listened")
	}
	s.address, s.URL = address, "nats://"+address
}

var (
	listening = regexp.MustCompile(`Listening for client connections on (\S+)`)
	ready     = regexp.MustCompile(`Server is ready`)
)

// read follows the server's log: it tells the address when the server is ready, or an empty one
// when the log ends before that, and then keeps the pipe empty.
func read(log *bufio.Scanner, started chan<- string) {
	address := ""
	for log.Scan() {
		if found := listening.FindStringSubmatch(log.Text()); found != nil {
			address = found[1]
		}
		if ready.MatchString(log.Text()) {
			started <- address
		}
	}
	select {
	case started <- "":
	default: // it was ready before
	}
}

// Kill ends the process without a warning, as kill -9 does. Killing it twice does nothing.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	<-s.ended
	s.process = nil
}

// Ended is closed when the server that runs now has ended, however it did.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// PID is the number of the process that runs now.
func (s *Server) PID() int { return s.process.Process.Pid }

// Dir is where the server keeps its streams.
func (s *Server) Dir() string { return s.dir }

// As is the URL of a server, or of several, with a user.
func As(url, user, password string) string {
	return strings.ReplaceAll(url, "nats://", "nats://"+user+":"+password+"@")
}

// FreeAddress is an address on which nobody listens now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
