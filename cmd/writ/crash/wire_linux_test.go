package crash_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
)

// loopback is an address of this machine alone that nobody else uses: all of 127.0.0.0/8 is.
func loopback(chance *rand.Rand) string {
	return fmt.Sprintf("127.%d.%d.%d", 1+chance.IntN(254), chance.IntN(256), 1+chance.IntN(254))
}

// wire is the network between a process and a server, which can be torn: from then on nothing that
// either end sends arrives, not even the word of its kernel that it is still there.
type wire struct {
	Address string

	to     string
	listen net.Listener
	mu     sync.Mutex
	torn   bool
	ends   []*net.TCPConn
}

func wireTo(t *testing.T, address string) *wire {
	t.Helper()
	listen, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Address: listen.Addr().String(), to: address, listen: listen}
	go w.serve()
	t.Cleanup(func() { _ = listen.Close(); w.close() })
	return w
}

func (w *wire) serve() {
	for {
		near, err := w.listen.Accept()
		if err != nil {
			return // the test is over
		}
		far, err := net.Dial("tcp", w.to)
		if err != nil || !w.enter(near.(*net.TCPConn), far.(*net.TCPConn)) {
			continue // whoever called waits
		}
		go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	}
}

// enter keeps the ends of a connection. One that is made when the wire is torn goes nowhere.
func (w *wire) enter(ends ...*net.TCPConn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends = append(w.ends, ends...)
	return !w.torn
}

// tear makes the kernel drop every packet that comes to either end of a connection, before it has
// answered it.
func (w *wire) tear(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.torn = true
	for _, end := range w.ends {
		raw, err := end.SyscallConn()
		if err != nil {
			continue // it was closed before
		}
		var failed error
		err = raw.Control(func(fd uintptr) {
			//nolint:staticcheck // SA1019: what replaces it only assembles filters, and this one is a single word
			failed = syscall.AttachLsf(int(fd), []syscall.SockFilter{*syscall.LsfStmt(syscall.BPF_RET|syscall.BPF_K, 0)})
		})
		if err == nil && failed != nil {
			t.Fatalf("tear the wire: %v", failed)
		}
	}
}

func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range w.ends {
		_ = end.Close()
	}
}
