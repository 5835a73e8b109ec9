package e2e_test

import (
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// line is the way to a database, which can be cut. Its methods are safe for concurrent use.
type line struct {
	DSN string // of the database, over this line

	network, address string
	listen           net.Listener
	silence          sync.RWMutex // held while nothing gets through

	mu    sync.Mutex
	cut   bool
	calls map[net.Conn]struct{}
}

// lineTo makes a way to the database at dsn.
func lineTo(t *testing.T, dsn string) *line {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{network: "tcp", address: net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), calls: map[net.Conn]struct{}{}}
	if filepath.IsAbs(config.Host) {
		l.network, l.address = "unix", filepath.Join(config.Host, ".s.PGSQL."+strconv.Itoa(int(config.Port)))
	}
	l.listen, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Cut(); _ = l.listen.Close() })
	over := url.URL{
		Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Host: l.listen.Addr().String(),
		Path: "/" + config.Database, RawQuery: "sslmode=disable",
	}
	l.DSN = over.String()
	go l.serve(t)
	return l
}

func (l *line) serve(t *testing.T) {
	for {
		near, err := l.listen.Accept()
		if err != nil {
			return // the test is over
		}
		far, err := new(net.Dialer).DialContext(t.Context(), l.network, l.address)
		if err != nil || !l.enter(near, far) {
			_ = near.Close()
			continue
		}
		go l.carry(near, far)
		go l.carry(far, near)
	}
}

// enter keeps the ends of a connection, unless the line is cut.
func (l *line) enter(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		if l.cut {
			_ = end.Close()
		} else {
			l.calls[end] = struct{}{}
		}
	}
	return !l.cut
}

func (l *line) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	for buffer := make([]byte, 32<<10); ; {
		n, err := from.Read(buffer)
		l.silence.RLock()
		_, failed := to.Write(buffer[:n])
		l.silence.RUnlock()
		if err != nil || failed != nil {
			return
		}
	}
}

// Cut ends all connections and takes no further ones, as a database does that is stopped.
func (l *line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for end := range l.calls {
		_ = end.Close()
		delete(l.calls, end)
	}
}

// Mend takes connections again.
func (l *line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = false
}

// Hush keeps connections and lets nothing through them, as a network does that has lost its way,
// until the function that it returns is called.
func (l *line) Hush() (speak func()) {
	l.silence.Lock()
	return l.silence.Unlock
}
