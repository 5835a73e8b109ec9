package harness

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options say how a server runs. The zero value is SQLite and the embedded broker, in a fresh
// directory, on ports that the system picks.
type Options struct {
	Database string            // DSN of a PostgreSQL database; empty for the embedded SQLite
	NATS     string            // URL of a NATS server; empty for the embedded one
	Dir      string            // empty for a fresh one, which goes with the test
	Env      map[string]string // further settings; they go before all others
	Under    []string          // a program with arguments that is given the server's command line and runs it
}

// Server is a `writ serve`. Its methods are for the goroutine of the test.
type Server struct {
	URL     string // the issuer; stays the same over a restart
	Address string // where it listens
	NATS    string // where its subscribers connect; empty with WRIT_NATS_LISTEN=off
	Dir     string

	tb       testing.TB
	settings map[string]string
	under    []string
	process  *process
	log      *log
	seen     int // how much of the log earlier runs wrote
}

const (
	startWithin = 30 * time.Second
	stopWithin  = 30 * time.Second
	lookEvery   = 10 * time.Millisecond
)

// Start runs a server and returns when it answers. It is killed at the end of the test; of a test
// that failed, its log is shown.
func Start(tb testing.TB, o Options) *Server {
	tb.Helper()
	s := prepare(tb, o)
	s.Restart()
	return s
}

// Prepare makes a server that does not run yet, for Attempt and Restart.
func Prepare(tb testing.TB, o Options) *Server {
	tb.Helper()
	return prepare(tb, o)
}

// StartAll runs servers that start at the same time, and returns when all answer.
func StartAll(tb testing.TB, all ...Options) []*Server {
	tb.Helper()
	var servers []*Server
	for _, o := range all {
		s := prepare(tb, o)
		s.launch()
		servers = append(servers, s)
	}
	for _, s := range servers {
		s.await()
	}
	return servers
}

// Refused runs a server that is not to start, and returns its exit code and what it said.
func Refused(tb testing.TB, o Options) (code int, said string) {
	tb.Helper()
	s := prepare(tb, o)
	s.launch()
	return s.ExitCode(), s.Log()
}

func prepare(tb testing.TB, o Options) *Server {
	tb.Helper()
	if o.Dir == "" {
		o.Dir = directory(tb)
	}
	s := &Server{Dir: o.Dir, tb: tb, settings: o.settings(), under: o.Under, log: &log{}}
	for _, dir := range []string{s.settings["HOME"], s.settings["XDG_CONFIG_HOME"]} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			tb.Logf("log of the server in %s:\n%s", s.Dir, s.Log())
		}
	})
	return s
}

func (s *Server) launch() {
	s.tb.Helper()
	binary := Binary(s.tb)
	// One that was killed could not take its address away.
	_ = os.Remove(filepath.Join(s.Dir, "listen"))
	s.seen = len(s.log.String())
	command := slices.Concat(s.under, []string{binary, "serve"})
	p, err := launch(command, environment(s.settings), s.log)
	if err != nil {
		s.tb.Fatalf("start %s serve: %v", binary, err)
	}
	s.process = p
}

// Restart runs the server again, on the ports that it had, after Kill, Stop or its own end. It
// returns when the server answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.launch()
	s.await()
}

// Attempt runs the server again, as Restart does, and reports whether it came to answer: false
// when it ended before that.
func (s *Server) Attempt() bool {
	s.tb.Helper()
	s.launch()
	s.Until("the server answers or ends", func() bool { return s.HasEnded() || s.answers() })
	if s.HasEnded() {
		return false
	}
	s.keepPlace()
	return true
}

// await returns when the server answers.
func (s *Server) await() {
	s.tb.Helper()
	s.Until("the server answers", func() bool {
		if s.process.hasEnded() {
			s.tb.Fatalf("the server ended, with code %d:\n%s", s.process.command.ProcessState.ExitCode(), s.log.String()[s.seen:])
		}
		return s.answers()
	})
	s.keepPlace()
}

// keepPlace keeps the ports that the server has.
func (s *Server) keepPlace() {
	s.settings["WRIT_LISTEN"] = s.Address
	if found := subscribers.FindStringSubmatch(s.log.String()[s.seen:]); found != nil {
		s.NATS = found[1]
		s.settings["WRIT_NATS_LISTEN"] = strings.TrimPrefix(s.NATS, "nats://")
	}
	if url := s.settings["WRIT_NATS_URL"]; url != "" {
		s.NATS = url
	}
}

// subscribers finds where the embedded broker listens in the log.
var subscribers = regexp.MustCompile(`"events for subscribers","url":"([^"]+)"`)

// answers reports whether the server is there, once it has written where.
func (s *Server) answers() bool {
	address, err := os.ReadFile(filepath.Join(s.Dir, "listen"))
	if err != nil || !strings.HasSuffix(string(address), "\n") {
		return false
	}
	s.Address = strings.TrimSpace(string(address))
	_, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		s.tb.Fatalf("the server wrote that it listens on %q: %v", s.Address, err)
	}
	s.URL = cmp.Or(s.settings["WRIT_ISSUER"], "http://localhost:"+port)
	return s.Status("/healthz") == http.StatusOK
}

// Status is the status with which the server answers a GET of a path, or 0 when it does not
// answer. It goes to the server itself, whatever its issuer is.
func (s *Server) Status(path string) int {
	at := url.URL{Scheme: "http", Host: s.Address, Path: path}
	request, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, at.String(), nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// Until looks every few milliseconds whether something has come true, and fails the test when it
// takes too long.
func (s *Server) Until(what string, isTrue func() bool) {
	s.tb.Helper()
	Until(s.tb, what, isTrue)
}

// Until looks every few milliseconds whether something has come true, and fails the test when it
// takes too long.
func Until(tb testing.TB, what string, isTrue func() bool) {
	tb.Helper()
	tooLong := time.NewTimer(startWithin)
	defer tooLong.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !isTrue() {
		select {
		case <-tick.C:
		case <-tooLong.C:
			tb.Fatalf("%s: not within %s", what, startWithin)
		}
	}
}

// Kill ends the process without a warning, as kill -9 does, and returns when it is gone. Killing
// one that has ended does nothing.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.command.Process.Kill()
	<-s.process.ended
}

// Stop asks the server to end, as a service manager does. It fails the test unless the server
// ends well.
func (s *Server) Stop() {
	s.tb.Helper()
	if err := s.process.command.Process.Signal(syscall.SIGTERM); err != nil {
		s.tb.Fatalf("stop the server: %v", err)
	}
	if code := s.ExitCode(); code != 0 {
		s.tb.Errorf("the server ended with code %d after SIGTERM, want 0", code)
	}
}

// Ended is closed when the server that runs now is gone, for whatever reason.
func (s *Server) Ended() <-chan struct{} { return s.process.ended }

// HasEnded reports whether the server is gone, for whatever reason.
func (s *Server) HasEnded() bool { return s.process.hasEnded() }

// ExitCode waits for the server's own end and returns its exit code, -1 after a signal.
func (s *Server) ExitCode() int {
	s.tb.Helper()
	select {
	case <-s.process.ended:
	case <-time.After(stopWithin):
		s.Kill()
		s.tb.Fatalf("the server did not end within %s", stopWithin)
	}
	return s.process.command.ProcessState.ExitCode()
}

// PID is the number of the process that runs now.
func (s *Server) PID() int { return s.process.command.Process.Pid }

// Log is everything that the server said, over all its runs.
func (s *Server) Log() string { return s.log.String() }
