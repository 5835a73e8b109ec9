package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// history is a grant's facts, with its state row after each of them.
type history struct {
	facts []event.Fact
	rows  []ports.Row
}

// backlog writes copies of a grant into a store, as commits of the store's own.
type backlog struct {
	store ports.EventStore
	ids   ports.Entropy
	like  history
}

// backlog opens a grant that is to be copied, and refreshes it.
func (r *rig) backlog(ctx context.Context) (*backlog, error) {
	b := &backlog{store: r.world.inside.cast.Store, ids: r.world.inside.cast.Entropy}
	opened, err := r.open(ctx, 1, r.scope)
	if err != nil {
		return nil, err
	}
	opaque, good := r.world.inside.cast.Keys.Parse(oauth.RefreshToken, opened[0].refresh)
	if !good {
		return nil, errors.New("the refresh token is not this server's")
	}
	c, err := dial(ctx, r.address())
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.raw.Close() }()
	of := event.Stream{Kind: "grant", ID: opaque.ID()}
	refreshing := deal(r.webHead(), []string{opened[0].refresh}, 1)
	err = b.like.note(ctx, b.store, of)
	for i := 0; i < rotations && err == nil; i++ {
		err = errors.Join(refreshing.do(c, 0), b.like.note(ctx, b.store, of))
	}
	return b, err
}

// note reads what has become of a grant since it was noted last.
func (h *history) note(ctx context.Context, store ports.EventStore, of event.Stream) error {
	for f, err := range store.History(ctx, of, event.Version(len(h.facts))) {
		if err != nil {
			return err
		}
		h.facts = append(h.facts, f)
	}
	loaded, err := store.Load(ctx, []event.Stream{of})
	for _, row := range loaded {
		if row.Stream == of {
			h.rows = append(h.rows, row)
		}
	}
	if err == nil && len(h.rows) != len(h.facts) {
		err = fmt.Errorf("%s has %d facts after %d steps", of, len(h.facts), len(h.rows))
	}
	return err
}

// append is the step of a copy that follows a version.
func (h *history) append(ids ports.Entropy, grant string, after event.Version) ports.Append {
	was := []byte(h.facts[after].Stream.ID)
	f, row := h.facts[after], h.rows[after]
	f.ID, f.Stream.ID, row.Stream.ID = ids.ID(), grant, grant
	f.Data = bytes.ReplaceAll(f.Data, was, []byte(grant))
	row.Data, row.Key = bytes.ReplaceAll(row.Data, was, []byte(grant)), nil
	return ports.Append{Stream: f.Stream, Expected: after, Facts: []event.Fact{f}, Row: &row}
}

// How copies are written: so many in a commit, so many commits at once.
const (
	copiesTogether = 50
	copiers        = 16
)

// grow writes at least n facts: grants that are opened, then all of them refreshed in turn, so that
// none stands near the one that says whom it concerns. It says how many there are.
func (b *backlog) grow(ctx context.Context, n int) (int, error) {
	steps := len(b.like.facts)
	grants := make([]string, (n+steps-1)/steps)
	for i := range grants {
		grants[i] = b.ids.ID()
	}
	for step := range steps {
		if err := b.step(ctx, grants, event.Version(step)); err != nil {
			return 0, fmt.Errorf("write %d facts: %w", n, err)
		}
	}
	return steps * len(grants), nil
}

func (b *backlog) step(ctx context.Context, grants []string, after event.Version) error {
	wrong := make([]error, copiers)
	var writing sync.WaitGroup
	for lane := range copiers {
		writing.Go(func() {
			for at := lane * copiesTogether; at < len(grants) && wrong[lane] == nil; at += copiers * copiesTogether {
				wrong[lane] = b.commit(ctx, grants[at:min(at+copiesTogether, len(grants))], after)
			}
		})
	}
	writing.Wait()
	return errors.Join(wrong...)
}

func (b *backlog) commit(ctx context.Context, grants []string, after event.Version) error {
	var c ports.Commit
	for _, g := range grants {
		c.Appends = append(c.Appends, b.like.append(b.ids, g, after))
	}
	return b.store.Append(ctx, c)
}
