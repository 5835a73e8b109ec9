package eventsourcing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/token"
	"writ/ports"
)

// snapshot is what a decision found before it was made.
type snapshot struct {
	found      []finding // one for each aggregate
	census     []ports.Census
	remembered bool  // it was not read, so that only a commit can say that it holds
	era        int64 // the earliest of the rows; 0: there was none
}

// finding is how one aggregate was found.
type finding struct {
	asked event.Stream // without an id where it is found through another aggregate
	index event.Index
	key   []byte // the wrapped key of the account that it belongs to
}

// askedFor is the snapshot of aggregates for which nothing was looked yet.
func askedFor(about []event.Aggregate) *snapshot {
	s := &snapshot{found: make([]finding, len(about))}
	for i, a := range about {
		s.found[i].asked = a.Core().Stream()
	}
	return s
}

// restore makes the aggregates those that were asked for, before another look: what is found through
// others may be another one then.
func (s *snapshot) restore(about []event.Aggregate) {
	s.remembered, s.era = false, 0
	for i, a := range about {
		s.found[i] = finding{asked: s.found[i].asked}
		a.Core().Found(s.found[i].asked, 0)
		reset(a)
	}
}

// errOutdated says that what was remembered does not stand any more.
var errOutdated = errors.New("what was remembered has moved")

// leavesOpen reports whether err, the outcome of a commit, came of a look at what may have been
// remembered wrong: it was, or a unique value was found taken before that was looked at.
func (s *snapshot) leavesOpen(err error) bool {
	var taken *ports.TakenError
	return s.remembered && (errors.Is(err, errOutdated) || errors.As(err, &taken))
}

// key is the wrapped key of an account that an aggregate belongs to, or nil.
func (s *snapshot) key(account string) []byte {
	for _, f := range s.found {
		if f.key != nil && f.index.Account == account {
			return f.key
		}
	}
	return nil
}

func (l *Ledger) load(ctx context.Context, about []event.Aggregate, s *snapshot) error {
	s.restore(about)
	rows, err := l.rows(ctx, streamsOf(about, findable))
	if err != nil {
		return err
	}
	return l.distribute(ctx, about, s, rows)
}

// confirm fails with errOutdated if what was remembered does not stand.
func (l *Ledger) confirm(ctx context.Context, read []ports.Expectation, era int64) error {
	stands, err := l.store.Confirm(ctx, read, era)
	switch {
	case err != nil:
		return fmt.Errorf("confirm %s: %w", read[0].Stream, err)
	case !stands:
		return errOutdated
	default:
		return nil
	}
}

// expectations say where the aggregates were found that were looked for.
func expectations(about []event.Aggregate) []ports.Expectation {
	found := make([]ports.Expectation, 0, len(about))
	for _, a := range about {
		if root := a.Core(); findable(root) {
			found = append(found, ports.Expectation{Stream: root.Stream(), Version: root.Version()})
		}
	}
	return found
}

func (l *Ledger) rows(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	rows, err := l.store.Load(ctx, streams)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", streams[0], err)
	}
	return rows, nil
}

// identified reports whether it is known which stream an aggregate is.
func identified(r *event.Root) bool { return r.Stream().ID != "" }

// findable reports whether a stream can be looked for at once.
func findable(r *event.Root) bool { return identified(r) && !r.IsUnborn() }

func streamsOf(about []event.Aggregate, which func(*event.Root) bool) []event.Stream {
	streams := make([]event.Stream, 0, len(about))
	for _, a := range about {
		if which(a.Core()) {
			streams = append(streams, a.Core().Stream())
		}
	}
	return streams
}

func find(rows []ports.Row, s event.Stream) *ports.Row {
	for i := range rows {
		if rows[i].Stream == s {
			return &rows[i]
		}
	}
	return nil
}

// distribute fills each aggregate from its row.
func (l *Ledger) distribute(ctx context.Context, about []event.Aggregate, s *snapshot, rows []ports.Row) error {
	for i, a := range about {
		if !s.seek(a, i) {
			continue
		}
		row := find(rows, a.Core().Stream())
		if row == nil {
			continue
		}
		s.date(row.Era)
		err := l.take(ctx, a, row, &s.found[i])
		if err != nil {
			return err
		}
	}
	return nil
}

// recall fills the aggregates from memory, and reports whether all that would be read was there, or is
// likely not to exist.
func (l *Ledger) recall(about []event.Aggregate, s *snapshot) bool {
	if slices.ContainsFunc(about, mustBeRead) {
		return false
	}
	s.restore(about)
	for i, a := range about {
		if !s.seek(a, i) {
			continue
		}
		era, known := l.remember(a, &s.found[i])
		switch {
		case known:
			s.date(era)
			s.remembered = true
		case !unlikely(a, about[:i]):
			return false
		}
	}
	return true
}

// remember fills an aggregate from memory, if it is there, and gives the era in which it was read.
func (l *Ledger) remember(a event.Aggregate, found *finding) (era int64, is bool) {
	if known := l.memory.of(a.Core().Stream()); known != nil {
		known.fill(a)
		found.index, found.key = known.index, known.row.Key
		return known.row.Era, true
	}
	row, is := l.passing.of(a.Core().Stream())
	if !is || row.Shape != a.State().Shape() || l.fill(a, row) != nil {
		return 0, false
	}
	found.index, found.key = a.State().Index(), row.Key
	return row.Era, true
}

// date notes the era of a row.
func (s *snapshot) date(era int64) {
	if s.era == 0 || era < s.era {
		s.era = era
	}
}

func mustBeRead(a event.Aggregate) bool {
	kind := a.Core().Stream().Kind
	return findable(a.Core()) && kind != token.RevocationKind && !memorable(kind) && !passes(kind)
}

// unlikely reports whether an aggregate that is not remembered is likely not to exist: the revocation
// of an access token, and a grant where the code that opens it is remembered, which has the same id.
func unlikely(a event.Aggregate, before []event.Aggregate) bool {
	switch a.Core().Stream().Kind {
	case token.RevocationKind:
		return true
	case grant.Kind:
		return slices.ContainsFunc(before, func(b event.Aggregate) bool {
			return b.Core().ID() == a.Core().ID() && b.Core().Exists()
		})
	default:
		return false
	}
}

// seek reports whether there is a stream to fill the i-th aggregate from. One without an id is the
// one that an aggregate before it belongs to; one that is to begin is filled from nothing, even when
// another aggregate has asked for the same stream.
func (s *snapshot) seek(a event.Aggregate, i int) bool {
	root := a.Core()
	if !identified(root) {
		root.Found(s.linked(root.Stream().Kind, i), 0)
	}
	return findable(root)
}

func (s *snapshot) linked(kind string, before int) event.Stream {
	for _, f := range s.found[:before] {
		if id := f.index.Links(kind); id != "" {
			return event.Stream{Kind: kind, ID: id}
		}
	}
	return event.Stream{Kind: kind}
}

// take fills an aggregate from its row: from memory, if it is remembered just so.
func (l *Ledger) take(ctx context.Context, a event.Aggregate, row *ports.Row, found *finding) error {
	if known := l.memory.of(row.Stream); known != nil && known.isOf(row) {
		known.fill(a)
		found.index, found.key = known.index, row.Key
		return nil
	}
	err := l.bring(ctx, a, *row)
	if err != nil {
		return err
	}
	found.index, found.key = a.State().Index(), row.Key
	l.memory.keep(*row, a.State(), found.index)
	l.passing.keep(*row)
	return nil
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
