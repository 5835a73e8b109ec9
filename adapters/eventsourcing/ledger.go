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
	passing passing
}

var _ ports.Ledger = (*Ledger)(nil)

// Keeper is what depends on the master key: the vault for personal data, the digests for unique
// values.
type Keeper interface {
	ports.Vault
	ports.Digester
}

// NewLedger makes a ledger over a store. Any number may work on the same one, in one process or in
// many. Each remembers up to 4096 clients and accounts, 6 MiB of codes and device codes, and 3 MiB of
// grants.
func NewLedger(store ports.EventStore, vault Keeper, entropy ports.Entropy) *Ledger {
	return &Ledger{store: store, vault: vault, entropy: entropy, memory: newMemory(maxRemembered), passing: newPassing()}
}

// Load implements ports.Ledger.
func (l *Ledger) Load(ctx context.Context, into ...event.Aggregate) error {
	s := askedFor(into)
	if l.recall(into, s) && s.remembered {
		err := l.confirm(ctx, expectations(into), s.era)
		if !errors.Is(err, errOutdated) {
			return err
		}
	}
	return l.load(ctx, into, s)
}

// Recall implements ports.Ledger.
func (l *Ledger) Recall(ctx context.Context, into ...event.Aggregate) (ports.Reading, error) {
	s := askedFor(into)
	if l.recall(into, s) && s.remembered {
		return ports.Reading{Streams: expectations(into), Era: s.era}, nil
	}
	return ports.Reading{}, l.load(ctx, into, s)
}

// Decide implements ports.Ledger.
func (l *Ledger) Decide(ctx context.Context, decide func() error, about ...event.Aggregate) error {
	return l.DecideBeside(ctx, decide, nil, about...)
}

// DecideBeside implements ports.Ledger.
func (l *Ledger) DecideBeside(ctx context.Context, decide func() error, beside func(), about ...event.Aggregate) error {
	return l.decide(ctx, askedFor(about), decide, beside, about)
}

func (l *Ledger) decide(ctx context.Context, before *snapshot, decide func() error, beside func(), about []event.Aggregate) error {
	err := l.look(ctx, about, before)
	for err == nil {
		refusal := decide()
		if refusal == nil {
			err = l.commit(ctx, about, before, beside)
		} else {
			err = l.commit(ctx, about, before, nil)
		}
		switch {
		case err == nil:
			return refusal
		case before.leavesOpen(err):
			err = l.load(ctx, about, before)
		case errors.Is(err, ports.ErrConflict) && ctx.Err() == nil:
			err = l.loadAgain(ctx, about, before)
		}
	}
	return err
}

// look fills the aggregates from memory, or else from the store: never with a bit of both, so that
// what was read needs no commit to confirm it.
func (l *Ledger) look(ctx context.Context, about []event.Aggregate, s *snapshot) error {
	if l.recall(about, s) {
		return nil
	}
	return l.load(ctx, about, s)
}

// loadAgain takes a fresh look after a conflict. It looks also for the streams that were to begin:
// one that is there after all will not go away, so that deciding again would be in vain.
func (l *Ledger) loadAgain(ctx context.Context, about []event.Aggregate, s *snapshot) error {
	for _, a := range about {
		l.memory.forget(a.Core().Stream())
		l.passing.forget(a.Core().Stream())
	}
	s.restore(about)
	rows, err := l.rows(ctx, streamsOf(about, identified))
	if err != nil {
		return err
	}
	for _, unborn := range streamsOf(about, (*event.Root).IsUnborn) {
		if find(rows, unborn) != nil {
			return fmt.Errorf("begin %s: %w", unborn, ports.ErrConflict)
		}
	}
	return l.distribute(ctx, about, s, rows)
}
