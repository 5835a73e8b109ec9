package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// witness refreshes, and knows of each token when it was answered and when a subscriber heard of it.
type witness struct {
	*chains

	mu       sync.Mutex
	answered map[string]time.Time // by the token's id
	told     map[string]time.Time
	news     chan struct{} // holds something when there is any
}

func newWitness(t *chains) *witness {
	return &witness{chains: t, answered: map[string]time.Time{}, told: map[string]time.Time{}, news: make(chan struct{}, 1)}
}

func (w *witness) do(c *conn, number int) error {
	body, err := w.refresh(c, number)
	if err != nil {
		return err
	}
	at := time.Now()
	claims, err := claimsOf(member(body, "access_token"))
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered[claims.JTI] = at
	return nil
}

// heard takes a message.
func (w *witness) heard(m *nats.Msg) {
	at := time.Now()
	var said struct{ Data struct{ JTI string } }
	if json.Unmarshal(m.Data, &said) != nil {
		return // nobody will find it, which is the error
	}
	w.mu.Lock()
	w.told[said.Data.JTI] = at
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// all waits until everything that was answered was heard, and says how long each took, from the
// shortest to the longest. What was heard before the answer was read took no time.
func (w *witness) all(ctx context.Context) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		took, missing := w.delays()
		if missing == 0 {
			return sorted(took), nil
		}
		select {
		case <-w.news:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d messages did not come: %w", missing, missing+len(took), ctx.Err())
		}
	}
}

func (w *witness) delays() (took []time.Duration, missing int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, at := range w.answered {
		told, heard := w.told[id]
		if heard {
			took = append(took, max(0, told.Sub(at)))
		} else {
			missing++
		}
	}
	return took, missing
}
