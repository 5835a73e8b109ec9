package httpapi_test

import (
	"context"
	"sync"

	"writ/domain/event"
	"writ/ports"
)

// frozen is a store that stops: from then on it shows what it held, out of memory, and forgets
// what is appended. What remains of a request's cost is the server's own, and a refresh token can
// be presented as often as a benchmark likes.
type frozen struct {
	ports.EventStore
	mu    sync.Mutex
	still bool
	rows  map[string][]ports.Row

	eraless bool // rows have no era, so that nobody remembers what was appended in vain
}

func (f *frozen) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.still, f.rows = true, map[string][]ports.Row{}
}

// Append implements ports.EventStore.
func (f *frozen) Append(ctx context.Context, c ports.Commit) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.still {
		c.RunBeside()
		return nil
	}
	return f.EventStore.Append(ctx, c)
}

// Load implements ports.EventStore.
func (f *frozen) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.still {
		return f.read(ctx, streams)
	}
	asked := keyOf(streams)
	known, is := f.rows[string(asked)]
	if is {
		return known, nil
	}
	rows, err := f.read(ctx, streams)
	f.rows[string(asked)] = rows
	return rows, err
}

func (f *frozen) read(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	rows, err := f.EventStore.Load(ctx, streams)
	for i := range rows {
		if f.eraless {
			rows[i].Era = 0
		}
	}
	return rows, err
}

func keyOf(streams []event.Stream) []byte {
	key := make([]byte, 0, 128)
	for _, s := range streams {
		key = append(append(append(append(key, s.Kind...), '/'), s.ID...), ' ')
	}
	return key
}
