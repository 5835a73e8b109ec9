//go:build unix

package bunstore_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"writ/adapters/bunstore"
)

// The driver reads in the background when a write takes long, and goes on to wait for more after
// it has the whole answer. An idle connection then has a reader.
func TestAConnectionWithAReaderIsLookedAtWithoutWaiting(t *testing.T) {
	ours, theirs := connected(t)
	reading, read := make(chan struct{}), make(chan error, 1)
	go func() { read <- waitForInput(ours, reading) }()
	<-reading
	if quiet, answered := lookAt(ours); !answered || !quiet {
		t.Errorf("a connection with a reader: answered %t, quiet %t; want both", answered, quiet)
	}
	_ = theirs.Close()
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	if quiet, answered := lookAt(ours); !answered || quiet {
		t.Errorf("a connection that was closed at its other end: answered %t, quiet %t; want an answer, and not quiet", answered, quiet)
	}
}

func connected(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ours, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	theirs, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = theirs.Close() })
	return ours, theirs
}

// waitForInput waits as a Read does, and says when it has begun.
func waitForInput(conn net.Conn, begun chan<- struct{}) error {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		close(begun)
		return err
	}
	looked := false
	return raw.Read(func(uintptr) (done bool) {
		if !looked {
			close(begun)
		}
		done, looked = looked, true
		return done
	})
}

func lookAt(conn net.Conn) (quiet, answered bool) {
	saw := make(chan bool, 1)
	go func() { saw <- bunstore.Quiet(conn) }()
	select {
	case quiet = <-saw:
		return quiet, true
	case <-time.After(5 * time.Second):
		return false, false
	}
}
