package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Memory is what a server takes, and how fast it starts.
type Memory struct {
	Binary float64     `json:"binary_mib"`
	Kinds  []Footprint `json:"kinds"`
}

// Footprint is that of one kind of server. Memory is resident, in MiB.
type Footprint struct {
	Kind   string    `json:"kind"`
	Idle   float64   `json:"idle_mib"`
	Loaded float64   `json:"loaded_mib"` // at most
	Starts []float64 `json:"starts_ms"`  // from exec to the first answer of discovery, on a store that is there

	idleAim float64
}

// The aims of memory in MiB, and of a start in milliseconds.
const (
	idleEmbedded = 45
	idleExternal = 30
	loadedAim    = 100
	binaryAim    = 45
	startAim     = 150
)

const (
	manyConnections = 64
	starts          = 7
	idleAfter       = 3 * time.Second
	mebibyte        = 1 << 20
)

func measureMemory(ctx context.Context, s *site) (*Memory, error) {
	found := &Memory{}
	file, err := os.Stat(s.options.Server)
	if err != nil {
		return nil, err
	}
	found.Binary = float64(file.Size()) / mebibyte
	if slices.Contains(s.options.Stores, sqliteStore) {
		f, err := s.footprint(ctx, plan{store: sqliteStore, relays: true, subscribers: anyPort})
		if err != nil {
			return nil, err
		}
		f.Kind, f.idleAim = "everything embedded", idleEmbedded
		found.Kinds = append(found.Kinds, f)
	}
	if slices.Contains(s.options.Stores, postgresStore) {
		url, err := s.nats(ctx)
		if err != nil {
			return nil, err
		}
		f, err := s.footprint(ctx, plan{store: postgresStore, relays: true, broker: url})
		if err != nil {
			return nil, err
		}
		f.Kind, f.idleAim = "PostgreSQL and NATS elsewhere", idleExternal
		found.Kinds = append(found.Kinds, f)
	}
	return found, nil
}

func (s *site) footprint(ctx context.Context, p plan) (f Footprint, err error) {
	rigs, err := s.rigs(ctx, p)
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return f, err
	}
	r := rigs[0]
	n, rest := starts, idleAfter
	if s.options.brief() {
		n, rest = 2, time.Second/2
	}
	for range n {
		took, err := r.restart(ctx)
		if err != nil {
			return f, fmt.Errorf("start again: %w", err)
		}
		f.Starts = append(f.Starts, float64(took)/float64(time.Millisecond))
	}
	err = pause(ctx, rest)
	if err != nil {
		return f, err
	}
	f.Idle = memoryOf(r.server.pid(), "VmRSS")
	for _, name := range issuing {
		_, err = r.cell(ctx, name, manyConnections)
		if err != nil {
			return f, err
		}
	}
	f.Loaded = memoryOf(r.server.pid(), "VmHWM")
	return f, nil
}

// pause waits, so that what a start leaves behind is over.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// restart ends the server and starts another on its store, and gives the time from exec to the first
// good answer of discovery.
func (r *rig) restart(ctx context.Context) (time.Duration, error) {
	err := r.server.stop()
	if err != nil {
		return 0, err
	}
	_ = os.Remove(filepath.Join(r.dir, listenFile))
	began := time.Now()
	p, err := start(serving(ctx, []string{r.plan.program}, r.settings))
	if err != nil {
		return 0, err
	}
	r.server = &server{process: p}
	for {
		took := time.Since(began)
		if r.discovered(ctx) {
			return took, nil
		}
		err = errors.Join(p.running(), pause(ctx, time.Millisecond))
		if err != nil || took > stopWithin {
			return 0, errors.Join(errors.New("discovery is not answered"), err)
		}
	}
}

// discovered reports whether discovery answers.
func (r *rig) discovered(ctx context.Context) bool {
	address, err := os.ReadFile(filepath.Join(r.dir, listenFile))
	if err != nil || len(address) == 0 {
		return false
	}
	r.server.address = strings.TrimSpace(string(address))
	answer, err := r.server.fetch(ctx, discoveryPath)
	return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// memoryOf is a line of /proc/<pid>/status in MiB, 0 where there is no /proc.
func memoryOf(pid int, name string) float64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, name+":"); is {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

func (f *Memory) print(p *printer) {
	p.say("\nMemory and start%71s%31s", "", "measured, aim")
	aim{what: "the program, MiB", got: f.Binary, want: binaryAim}.print(p)
	for _, k := range f.Kinds {
		began := spreadOf(k.Starts, func(ms float64) float64 { return ms })
		aim{what: k.Kind + ": resident and idle, MiB", got: k.Idle, want: k.idleAim}.print(p)
		aim{what: k.Kind + ": resident at most, after tokens for 64 connections, MiB", got: k.Loaded, want: loadedAim}.print(p)
		aim{what: fmt.Sprintf("%s: from exec to discovery, ms (%s)", k.Kind, began.text(1)), got: began.middle, want: startAim}.print(p)
	}
}
