package ledgertest

import (
	"context"
	"sync"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// Notes keeps what is no fact: pending interactions, polls and stamps. It fails with its store. It
// is safe for concurrent use.
type Notes struct {
	store *Store

	mu           sync.Mutex
	interactions map[string]ports.Interaction
	polls        map[string]poll
	stamps       map[event.Stream]time.Time
}

type poll struct {
	at, forget time.Time
	every      time.Duration
}

var (
	_ ports.Interactions = (*Notes)(nil)
	_ ports.Polls        = (*Notes)(nil)
	_ ports.Stamps       = (*Notes)(nil)
)

// NewNotes makes notes beside a store.
func NewNotes(s *Store) *Notes {
	return &Notes{
		store: s, interactions: map[string]ports.Interaction{}, polls: map[string]poll{}, stamps: map[event.Stream]time.Time{},
	}
}

// Keep implements ports.Interactions.
func (n *Notes) Keep(ctx context.Context, i ports.Interaction) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.interactions[i.ID] = i
	return n.store.hooks.outage(ctx)
}

// Bind implements ports.Interactions.
func (n *Notes) Bind(ctx context.Context, id, session, account string, now time.Time) (ports.Interaction, error) {
	err := n.store.hooks.outage(ctx)
	if err != nil {
		return ports.Interaction{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	i, known := n.interactions[id]
	if !known || !now.Before(i.Expires) || i.Session != "" && i.Session != session {
		return ports.Interaction{}, ports.ErrNotFound
	}
	if i.Session == "" {
		i.Session, i.Account = session, account
		n.interactions[id] = i
	}
	return i, nil
}

// The rules of ports.Polls.
const (
	grace   = time.Second
	penalty = 5 * time.Second
	longest = time.Minute
)

// Poll implements ports.Polls.
func (n *Notes) Poll(ctx context.Context, p ports.Polling) (ports.Poll, error) {
	err := n.store.hooks.outage(ctx)
	if err == nil && len(p.Read.Streams) > 0 {
		err = n.confirm(ctx, p.Read)
	}
	if err != nil {
		return ports.Poll{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	last, known := n.polls[p.Device]
	if !known || !p.At.Before(last.forget) {
		last = poll{at: p.At.Add(-p.Least), every: p.Least}
	}
	verdict := ports.Poll{TooSoon: p.At.Before(last.at.Add(last.every - grace)), Interval: last.every}
	if verdict.TooSoon {
		verdict.Interval = max(last.every, min(last.every+penalty, longest))
	}
	n.polls[p.Device] = poll{at: p.At, every: verdict.Interval, forget: p.Forget}
	return verdict, nil
}

func (n *Notes) confirm(ctx context.Context, read ports.Reading) error {
	stands, err := n.store.Confirm(ctx, read.Streams, read.Era)
	if err == nil && !stands {
		err = ports.ErrConflict
	}
	return err
}

// Touch implements ports.Stamps.
func (n *Notes) Touch(s event.Stream, at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, noted := n.stamps[s]; !noted || at.Sub(last) >= time.Minute {
		n.stamps[s] = at
	}
}

// LastUsed implements ports.Stamps.
func (n *Notes) LastUsed(ctx context.Context, streams []event.Stream) (map[event.Stream]time.Time, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	used := map[event.Stream]time.Time{}
	for _, s := range streams {
		if at, noted := n.stamps[s]; noted {
			used[s] = at
		}
	}
	return used, n.store.hooks.outage(ctx)
}
