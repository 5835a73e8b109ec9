package bunstoretest

import (
	"slices"
	"testing"
)

// Server is a PostgreSQL server of one test, which may be ended and started again: what it has
// committed survives that. Its methods are for the goroutine of the test.
type Server struct {
	DSN string // of a migrated database

	tb  testing.TB
	own *cluster
}

// StartServer runs a server with further options of the program postgres. It ends with the test.
func StartServer(tb testing.TB, options ...string) *Server {
	tb.Helper()
	own, err := startCluster(tb.Context(), slices.Concat(unsynced, options)...)
	if err != nil {
		tb.Fatalf("start a PostgreSQL server: %v", err)
	}
	tb.Cleanup(own.stop)
	err = migrate(tb.Context(), own.dsn)
	if err != nil {
		tb.Fatal(err)
	}
	return &Server{DSN: own.dsn, tb: tb, own: own}
}

// Halt ends the server at once, without a checkpoint and with its sessions: what was not committed
// is undone when it starts again. Halting one that has ended does nothing.
func (s *Server) Halt() { s.own.halt() }

// Resume starts a server that has ended where it was, and returns when it takes connections.
func (s *Server) Resume() {
	s.tb.Helper()
	err := s.own.start()
	if err != nil {
		s.tb.Fatalf("start PostgreSQL again: %v", err)
	}
}

// Ended is closed when the server that runs now has ended, however it did.
func (s *Server) Ended() <-chan struct{} { return s.own.ended }

// PID is the number of the process that runs now. Whoever sends it SIGQUIT does what Halt does.
func (s *Server) PID() int { return s.own.server.Process.Pid }

// Socket is the address of the server.
func (s *Server) Socket() string { return s.own.dir }
