package bunstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// maxSocketPath is what every system takes as the address of a socket (sun_path).
const maxSocketPath = 100

var wakeSockets atomic.Int64

// wake is how processes on one SQLite file tell each other of commits: each that waits has a
// datagram socket in one directory, and each that commits sends one datagram to all of them. A
// datagram has no content; whoever gets one looks for itself. It is a courtesy: one that is lost
// delays, and nothing else.
type wake struct {
	dir  string
	own  string
	seen atomic.Pointer[listing]
}

// listing is who was listening when a directory was read.
type listing struct {
	of     time.Time // when the directory had changed
	others []string
}

// settling is longer than what any file system takes for one time: two changes of a directory within it may
// look like one.
const settling = 3 * time.Second

func newWake(home string) *wake {
	dir := filepath.Join(home, "wake")
	own := fmt.Sprintf("%d-%d.sock", os.Getpid(), wakeSockets.Add(1))
	if len(filepath.Join(dir, own)) > maxSocketPath {
		digest := sha256.Sum256([]byte(home))
		name := "writ-" + strconv.Itoa(os.Getuid()) + "-" + hex.EncodeToString(digest[:8])
		dir = filepath.Join(os.TempDir(), name)
	}
	return &wake{dir: dir, own: own}
}

// listen calls woken when the socket is there and after each datagram, until ctx ends or woken
// fails.
func (w *wake) listen(ctx context.Context, woken func() error) error {
	err := os.MkdirAll(w.dir, 0o700)
	if err != nil {
		return fmt.Errorf("make %s: %w", w.dir, err)
	}
	path := filepath.Join(w.dir, w.own)
	_ = os.Remove(path) // of a dead process that had our number
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("listen on %s: %w", path, err)
	}
	defer context.AfterFunc(ctx, func() { _ = socket.Close() })()
	defer func() { _ = os.Remove(path) }()
	defer func() { _ = socket.Close() }()
	for buffer := make([]byte, 1); ; {
		err := woken()
		if err != nil {
			return err
		}
		_, _, err = socket.ReadFromUnix(buffer)
		if err != nil {
			return fmt.Errorf("read from %s: %w", path, err)
		}
	}
}

// tell wakes every other process that listens.
func (w *wake) tell() {
	for _, name := range w.others() {
		path := filepath.Join(w.dir, name)
		if errors.Is(poke(path), syscall.ECONNREFUSED) {
			_ = os.Remove(path) // its process is dead
		}
	}
}

// others are the sockets of other processes. Each commit asks, so that the directory is read only when it
// changed since it was, or had changed just before: then another change may bear the same time.
func (w *wake) others() []string {
	dir, err := os.Stat(w.dir)
	if err != nil {
		return nil // nobody ever listened
	}
	seen, changed := w.seen.Load(), dir.ModTime()
	if seen != nil && seen.of.Equal(changed) {
		return seen.others
	}
	settled := time.Since(changed) > settling //nolint:forbidigo // file systems go by the system's clock
	found := &listing{of: changed, others: w.list()}
	if settled {
		w.seen.Store(found)
	}
	return found.others
}

func (w *wake) list() (others []string) {
	sockets, err := os.ReadDir(w.dir)
	if err != nil {
		return nil
	}
	for _, s := range sockets {
		if s.Name() != w.own && strings.HasSuffix(s.Name(), ".sock") {
			others = append(others, s.Name())
		}
	}
	return others
}

// poke sends a datagram without ever waiting: a receiver whose queue is full is awake already.
func poke(path string) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Write(func(fd uintptr) bool {
		_, _ = syscall.Write(int(fd), []byte{1})
		return true
	})
}
