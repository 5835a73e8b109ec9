package eventsourcing

import (
	"context"
	"errors"
	"fmt"

	"writ/domain/event"
	"writ/ports"
)

// Ledger plays ports.Ledger. It is safe for concurrent use.
type Ledger struct {
	store   ports.EventStore
	vault   Keeper
	entropy ports.Entropy
	memory  *memory
}

var _ ports.Ledger = (*Ledger)(nil)

// Keeper is what depends on the master key: the vault for personal data, the digests for unique
// values.
type Keeper interface {
	ports.Vault
	ports.Digester
}

// NewLedger makes a ledger over a store. Any number may work on the same one, in one process or in
// many. Each remembers up to 4096 clients and accounts.
func NewLedger(store ports.EventStore, vault Keeper, entropy ports.Entropy) *Ledger {
	return &Ledger{store: store, vault: vault, entropy: entropy, memory: newMemory(maxRemembered)}
}

// Load implements ports.Ledger.
func (l *Ledger) Load(ctx context.Context, into ...event.Aggregate) error {
	_, err := l.load(ctx, into)
	return err
}

// Decide implements ports.Ledger.
func (l *Ledger) Decide(ctx context.Context, decide func() error, about ...event.Aggregate) error {
	ids := identitiesOf(about)
	before, err := l.look(ctx, about, ids)
	for err == nil {
		refusal := decide()
		err = l.commit(ctx, about, before)
		switch {
		case err == nil:
			return refusal
		case before.leavesOpen(err):
			ids.restore(about)
			before, err = l.load(ctx, about)
		case errors.Is(err, ports.ErrConflict) && ctx.Err() == nil:
			before, err = l.loadAgain(ctx, about, ids)
		}
	}
	return err
}

// look fills the aggregates from memory, or else from the store: never with a bit of both, so that
// what was read needs no commit to confirm it.
func (l *Ledger) look(ctx context.Context, about []event.Aggregate, ids identities) (snapshot, error) {
	if before, all := l.recall(about); all {
		return before, nil
	}
	ids.restore(about)
	return l.load(ctx, about)
}

// loadAgain takes a fresh look after a conflict. It looks also for the streams that were to begin:
// one that is there after all will not go away, so that deciding again would be in vain.
func (l *Ledger) loadAgain(ctx context.Context, about []event.Aggregate, ids identities) (snapshot, error) {
	for _, a := range about {
		l.memory.forget(a.Core().Stream())
	}
	ids.restore(about)
	rows, err := l.rows(ctx, streamsOf(about, identified))
	if err != nil {
		return snapshot{}, err
	}
	for _, unborn := range streamsOf(about, (*event.Root).IsUnborn) {
		if find(rows, unborn) != nil {
			return snapshot{}, fmt.Errorf("begin %s: %w", unborn, ports.ErrConflict)
		}
	}
	return l.distribute(ctx, about, rows)
}

// identities are the streams that the aggregates of a decision were asked for by; those that are
// found through another aggregate have none, and lose it again before the next try.
type identities []event.Stream

func identitiesOf(about []event.Aggregate) identities {
	ids := make(identities, len(about))
	for i, a := range about {
		ids[i] = a.Core().Stream()
	}
	return ids
}

func (ids identities) restore(about []event.Aggregate) {
	for i, a := range about {
		a.Core().Found(ids[i], 0)
	}
}
