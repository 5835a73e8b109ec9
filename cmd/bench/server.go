package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running writ.
type server struct {
	*process
	address string
}

// serve starts writ with settings, as flags. The last word is the program; those before say how it
// is run.
func serve(ctx context.Context, words []string, dir string, settings []string) (*server, error) {
	_ = os.Remove(filepath.Join(dir, listenFile)) // of a server before
	p, err := start(serving(ctx, words, settings))
	if err != nil {
		return nil, err
	}
	s := &server{process: p}
	err = p.await(ctx, func(ctx context.Context) error { return s.ready(ctx, dir) })
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return s, nil
}

func serving(ctx context.Context, words, settings []string) *exec.Cmd {
	words = append(append(slices.Clone(words), "serve", "--json"), settings...)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}

// listenFile is where a server writes its address.
const listenFile = "listen"

// ready reads where the server listens, and asks it whether it serves.
func (s *server) ready(ctx context.Context, dir string) error {
	address, err := os.ReadFile(filepath.Join(dir, listenFile))
	if err != nil {
		return err
	}
	s.address = strings.TrimSpace(string(address))
	answer, err := s.fetch(ctx, "/readyz")
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (s *server) fetch(ctx context.Context, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err == nil && answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("%s answered %s", path, answer.Status)
	}
	return answer, err
}

func (s *server) stop() error { return s.process.stop(syscall.SIGTERM) }

// counts are the server's metrics without labels, by name.
type counts map[string]float64

// allocations counts the objects that the server ever allocated.
const allocations = "go_memstats_mallocs_total"

// counts asks the server what it did so far.
func (s *server) counts(ctx context.Context) (counts, error) {
	answer, err := s.fetch(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	found := counts{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		number, err := strconv.ParseFloat(value, 64)
		if err == nil && (strings.HasPrefix(name, "writ_") || name == allocations) {
			found[name] = number
		}
	}
	return found, lines.Err()
}

// since is what was counted after before.
func (c counts) since(before counts, name string) float64 { return c[name] - before[name] }

// settleWithin bounds how long the server may go on to work after the last answer.
const settleWithin = time.Minute

// settle waits until everything that was committed is published, which is work that the requests
// before brought about.
func (s *server) settle(ctx context.Context) (counts, error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		c, err := s.counts(ctx)
		if err != nil {
			return nil, err
		}
		if c["writ_relay_lag_events"] == 0 {
			return c, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the relay is %.0f events behind: %w", c["writ_relay_lag_events"], ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
