package eventsourcing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"writ/domain/event"
	"writ/ports"
)

// Ledger plays ports.Ledger. It is safe for concurrent use.
type Ledger struct {
	store   ports.EventStore
	vault   Keeper
	entropy ports.Entropy
}

var _ ports.Ledger = (*Ledger)(nil)

// Keeper is what depends on the master key: the vault for personal data, the digests for unique
// values.
type Keeper interface {
	ports.Vault
	ports.Digester
}

// NewLedger makes a ledger over a store.
func NewLedger(store ports.EventStore, vault Keeper, entropy ports.Entropy) *Ledger {
	return &Ledger{store: store, vault: vault, entropy: entropy}
}

// Load implements ports.Ledger.
func (l *Ledger) Load(ctx context.Context, into ...event.Aggregate) error {
	_, err := l.load(ctx, into)
	return err
}

// Decide implements ports.Ledger.
func (l *Ledger) Decide(ctx context.Context, decide func() error, about ...event.Aggregate) error {
	identities := identitiesOf(about)
	before, err := l.load(ctx, about)
	for err == nil {
		refusal := decide()
		err = l.commit(ctx, about, before)
		switch {
		case err == nil:
			return refusal
		case errors.Is(err, ports.ErrConflict) && ctx.Err() == nil:
			before, err = l.loadAgain(ctx, about, identities)
		}
	}
	return err
}

// loadAgain takes a fresh look after a conflict. It looks also for the streams that were to begin:
// one that is there after all will not go away, so that deciding again would be in vain.
func (l *Ledger) loadAgain(ctx context.Context, about []event.Aggregate, ids identities) (snapshot, error) {
	ids.restore(about)
	unborn := streamsOf(about, (*event.Root).IsUnborn)
	if len(unborn) > 0 {
		rows, err := l.store.Load(ctx, unborn)
		if err != nil {
			return snapshot{}, fmt.Errorf("load %s: %w", unborn[0], err)
		}
		for _, r := range rows {
			if slices.Contains(unborn, r.Stream) {
				return snapshot{}, fmt.Errorf("begin %s: %w", r.Stream, ports.ErrConflict)
			}
		}
	}
	return l.load(ctx, about)
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

// snapshot is what a decision found: which unique values each aggregate held, and the keys of the
// accounts.
type snapshot struct {
	held [][]event.Unique
	keys keys
}

// keys are wrapped keys by account.
type keys map[string][]byte

func (l *Ledger) load(ctx context.Context, about []event.Aggregate) (snapshot, error) {
	rows := map[event.Stream]ports.Row{}
	if streams := streamsOf(about, findable); len(streams) > 0 {
		loaded, err := l.store.Load(ctx, streams)
		if err != nil {
			return snapshot{}, fmt.Errorf("load %s: %w", streams[0], err)
		}
		for _, r := range loaded {
			rows[r.Stream] = r
		}
	}
	return l.distribute(ctx, about, rows)
}

// findable reports whether a stream can be looked for at once.
func findable(r *event.Root) bool { return r.Stream().ID != "" && !r.IsUnborn() }

func streamsOf(about []event.Aggregate, which func(*event.Root) bool) []event.Stream {
	streams := make([]event.Stream, 0, len(about))
	for _, a := range about {
		if which(a.Core()) {
			streams = append(streams, a.Core().Stream())
		}
	}
	return streams
}

// distribute fills each aggregate from its row. One without an id takes the one that an aggregate
// before it belongs to.
func (l *Ledger) distribute(ctx context.Context, about []event.Aggregate, rows map[event.Stream]ports.Row) (snapshot, error) {
	found := snapshot{held: make([][]event.Unique, len(about)), keys: keys{}}
	for i, a := range about {
		root := a.Core()
		reset(a)
		if root.Stream().ID == "" {
			root.Found(linked(root.Stream().Kind, about[:i]), 0)
		}
		row, exists := rows[root.Stream()]
		if !exists || root.IsUnborn() { // another aggregate may have asked for the same stream
			continue
		}
		err := l.bring(ctx, a, row)
		if err != nil {
			return found, err
		}
		found.held[i] = a.State().Index().Unique
		if row.Key != nil {
			found.keys[row.Account] = row.Key
		}
	}
	return found, nil
}

func linked(kind string, before []event.Aggregate) event.Stream {
	for _, a := range before {
		if s := a.State(); s != nil {
			if id := s.Index().Links(kind); id != "" {
				return event.Stream{Kind: kind, ID: id}
			}
		}
	}
	return event.Stream{Kind: kind}
}

// bring fills an aggregate from its row, or from its history when the row has another shape.
func (l *Ledger) bring(ctx context.Context, a event.Aggregate, row ports.Row) error {
	if row.Shape == a.State().Shape() {
		return l.fill(a, row)
	}
	return l.replay(ctx, a, row.Version, always(row.Key))
}

// replay rebuilds an aggregate from its facts up to a version.
func (l *Ledger) replay(ctx context.Context, a event.Aggregate, until event.Version, key keyOf) error {
	reset(a)
	root := a.Core()
	for fact, err := range l.store.History(ctx, root.Stream(), 0) {
		if err != nil {
			return fmt.Errorf("read the history of %s: %w", root.Stream(), err)
		}
		if fact.Version > until {
			break // committed since the row was read
		}
		e, err := l.read(a.Catalogue(), fact, key)
		if err != nil {
			return err
		}
		a.Replay(e, fact.At)
		root.Found(root.Stream(), fact.Version)
	}
	return nil
}

// read decodes one fact.
func (l *Ledger) read(c *event.Catalogue, f event.Fact, key keyOf) (any, error) {
	return c.Decode(f.Name, f.Revision, func(into any) error { return l.decode(f.Data, into, key) })
}
