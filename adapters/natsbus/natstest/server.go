package natstest

import (
	"bufio"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Server is one NATS server process. Its methods are for the goroutine of the test.
type Server struct {
	URL  string // of the clients; stays the same over a restart
	Name string // in its cluster; empty: it is in none

	t       testing.TB
	binary  string
	dir     string
	address string
	flags   []string // further ones
	process *exec.Cmd
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

// StartWith is Start with a file of configuration, which says everything but where the server
// listens and keeps its files.
func StartWith(t testing.TB, configuration string) *Server {
	t.Helper()
	s := prepare(t, "-c", configuration)
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
	s.process = exec.Command(s.binary, append([]string{"-a", host, "-p", port, "-js", "-sd", s.dir}, s.flags...)...)
	said, err := s.process.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("start %s: %v", s.binary, err)
	}
	started := make(chan string, 1)
	go read(bufio.NewScanner(said), started)
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
	_ = s.process.Wait()
	s.process = nil
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
