package eventsourcing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"writ/domain/event"
	"writ/ports"
)

// Comparer derives state rows and unique keys beside the live ones, compares the two, and lets those
// that were derived take the place of the live ones where they differ. Servers may run meanwhile.
type Comparer struct {
	store  ports.Draft
	ledger *Ledger
}

// NewComparer makes a comparer of a store.
func NewComparer(store ports.Draft, ledger *Ledger) *Comparer {
	return &Comparer{store: store, ledger: ledger}
}

// Comparison is what a Comparer found. The facts are those that it derived rows of, before the
// comparison began.
type Comparison struct {
	Facts       int          `json:"facts"`
	Streams     int          `json:"streams"` // with a row in the draft
	Differences []Difference `json:"differences"`
	Swapped     bool         `json:"swapped"`
}

const (
	draftBatch   = 1000 // facts
	compareBatch = 500  // streams
)

// Compare finds what differs. With swap the live rows and keys of those streams are replaced, all at
// once; a comparison that finds nothing replaces nothing.
func (c *Comparer) Compare(ctx context.Context, swap bool) (found Comparison, err error) {
	found.Differences = []Difference{}
	draft, err := c.store.Begin(ctx)
	if err != nil {
		return found, err
	}
	defer func() { err = c.end(ctx, draft, err) }()
	found.Facts, err = c.extend(ctx, draft)
	if err != nil {
		return found, err
	}
	differ, err := c.walk(ctx, draft, &found)
	if err != nil || !swap || len(differ) == 0 {
		return found, err
	}
	_, err = c.extend(ctx, draft) // so that little is left to do while nobody else may commit
	if err == nil {
		err = c.store.Publish(ctx, draft, differ, c.ledger.derive)
	}
	found.Swapped = err == nil
	return found, err
}

// end discards the draft, unless it has ended already.
func (c *Comparer) end(ctx context.Context, draft string, err error) error {
	if errors.Is(err, ports.ErrConflict) {
		return fmt.Errorf("another comparison has begun meanwhile: %w", err)
	}
	return errors.Join(err, c.store.Discard(context.WithoutCancel(ctx), draft))
}

// extend brings the draft to the end of the log, and says how many facts it took.
func (c *Comparer) extend(ctx context.Context, draft string) (total int, err error) {
	for {
		n, err := c.store.Extend(ctx, draft, draftBatch, c.ledger.derive)
		total += n
		if err != nil || n < draftBatch { // the few that came meanwhile are seen to where it matters
			return total, err
		}
	}
}

// walk compares stream by stream, and gives those that differ.
func (c *Comparer) walk(ctx context.Context, draft string, found *Comparison) (differ []event.Stream, err error) {
	for after := ""; ; {
		pairs, err := c.pairs(ctx, draft, after)
		if err != nil || len(pairs) == 0 {
			return differ, err
		}
		for _, p := range pairs {
			after = p.Stream.String()
			if p.Draft != nil {
				found.Streams++
			}
			problem := c.problem(ctx, p)
			if problem != "" {
				found.Differences = append(found.Differences, Difference{after, problem})
				differ = append(differ, p.Stream)
			}
		}
	}
}

// pairs lets the draft follow before it is looked at.
func (c *Comparer) pairs(ctx context.Context, draft, after string) (pairs []ports.Pair, err error) {
	for {
		_, err = c.extend(ctx, draft)
		if err != nil {
			return nil, err
		}
		pairs, err = c.store.Pairs(ctx, draft, after, compareBatch, c.ledger.derive)
		if !errors.Is(err, ports.ErrConflict) { // of another draft extend knows, too
			return pairs, err
		}
	}
}

// problem says what is wrong with a stream, or nothing.
func (c *Comparer) problem(ctx context.Context, p ports.Pair) string {
	switch {
	case p.Draft == nil && p.Live != nil:
		return "there is a row that no fact makes"
	case p.Draft == nil:
		return "it holds " + kinds(p.Holds) + ", and no fact makes a row of it"
	case p.Live == nil:
		return unseen(p)
	case p.Live.Version != p.Draft.Row.Version:
		return fmt.Sprintf("the row is at version %d, the log at %d", p.Live.Version, p.Draft.Row.Version)
	case p.Purged != nil:
		return "the row is there, and noted as purged"
	}
	problem, err := c.differ(ctx, p)
	if err != nil {
		return err.Error()
	}
	return problem
}

// unseen says what is wrong with a stream that has no row.
func unseen(p ports.Pair) string {
	switch d := p.Draft.Row; {
	case p.Purged == nil || p.Purged.Version != d.Version:
		return "the row is missing, and was not purged"
	case len(p.Holds) > 0:
		return "the row was purged, and it holds " + kinds(p.Holds)
	case p.Purged.Account != d.Account || p.Purged.Client != d.Client:
		return "it is not noted whom the row belonged to that was purged"
	default:
		return ""
	}
}

// differ compares states, not bytes, for sealing gives other bytes each time; then what the row is
// found by, and the keys.
func (c *Comparer) differ(ctx context.Context, p ports.Pair) (string, error) {
	live, draft := blank[p.Stream.Kind](p.Stream.ID), blank[p.Stream.Kind](p.Stream.ID)
	err := errors.Join(c.ledger.bring(ctx, live, *p.Live), c.ledger.bring(ctx, draft, p.Draft.Row))
	if err != nil {
		return "", err
	}
	same, err := equal(live.State(), draft.State())
	l, d := p.Live, p.Draft.Row
	switch {
	case err != nil:
		return "", err
	case !same:
		return "the row is not what the facts make of it", nil
	case l.Account != d.Account || l.Client != d.Client || !l.Ends.Equal(d.Ends) || !l.Keep.Equal(d.Keep):
		return "the row is not found by what its state says", nil
	default:
		return c.keys(p, draft.State().Index().Unique), nil
	}
}

func equal(a, b event.State) (bool, error) {
	left, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	right, err := json.Marshal(b)
	return bytes.Equal(left, right), err
}

// keys compares the keys that a stream holds with its unique values. One key of each is enough: a
// value that was taken before the master key changed is held under the older one.
func (c *Comparer) keys(p ports.Pair, unique []event.Unique) string {
	wrong := slices.Clone(p.Holds)
	for _, u := range unique {
		held := false
		for _, k := range c.ledger.keysOf([]event.Unique{u}, nil) {
			n := len(wrong)
			wrong = slices.DeleteFunc(wrong, func(h ports.UniqueKey) bool { return h.Kind == k.Kind && bytes.Equal(h.Digest, k.Digest) })
			held = held || len(wrong) < n
		}
		if !held {
			return "its " + u.Kind + " is not held by it"
		}
	}
	if len(wrong) > 0 {
		return "it holds " + kinds(wrong) + " that its facts do not give it"
	}
	return ""
}

// kinds names the kinds of keys, never the values.
func kinds(keys []ports.UniqueKey) string {
	first := slices.MinFunc(keys, func(a, b ports.UniqueKey) int { return cmp.Compare(a.Kind, b.Kind) })
	if len(keys) == 1 {
		return "a key of the kind " + first.Kind
	}
	return fmt.Sprintf("%d keys, one of them of the kind %s,", len(keys), first.Kind)
}
