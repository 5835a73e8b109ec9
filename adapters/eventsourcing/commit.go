package eventsourcing

import (
	"context"
	"fmt"
	"slices"

	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports"
)

// commit writes what the aggregates recorded, expecting all of them where they were found.
func (l *Ledger) commit(ctx context.Context, about []event.Aggregate, before *snapshot, beside func()) error {
	c, err := l.compose(about, before)
	switch {
	case err != nil:
		return err
	case len(c.Appends) == 0:
		return l.leave(ctx, c, beside)
	}
	c.Beside = beside
	err = l.store.Append(ctx, c.Commit)
	if err == nil {
		l.keepUp(c)
	}
	return err
}

// leave ends a decision that recorded nothing. There is nothing to write then; if it was made on what
// was remembered, the store has to confirm that.
func (l *Ledger) leave(ctx context.Context, c *composition, beside func()) error {
	if c.before.remembered {
		err := l.confirm(ctx, c.Expects, c.Era)
		if err != nil {
			return err
		}
	}
	if beside != nil {
		beside()
	}
	return nil
}

// keepUp remembers what was committed.
func (l *Ledger) keepUp(c *composition) {
	for _, moved := range c.Appends {
		l.memory.outdate(moved.Stream, moved.Expected+event.Version(len(moved.Facts)))
		if moved.Row == nil || opened(c.Appends, moved.Stream) {
			l.passing.forget(moved.Stream)
			continue
		}
		row := *moved.Row
		row.Key, _ = c.key(row.Account)
		row.Era = c.Era
		l.passing.keep(row)
	}
}

// opened reports whether a grant begins that has the id of a stream. The code or the device code that
// opens it is spent, and comes again only in a replay.
func opened(appends []ports.Append, s event.Stream) bool {
	return s.Kind != grant.Kind && slices.ContainsFunc(appends, func(a ports.Append) bool {
		return a.Stream.Kind == grant.Kind && a.Stream.ID == s.ID
	})
}

// composition is a commit in the making, with the keys that seal what it says about people.
type composition struct {
	ports.Commit
	before *snapshot
	room   struct { // for what most decisions need
		appends [2]ports.Append
		expects [3]ports.Expectation
	}
}

func (l *Ledger) compose(about []event.Aggregate, before *snapshot) (*composition, error) {
	c := &composition{before: before}
	c.Era, c.Census = before.era, before.census
	c.Appends, c.Expects = c.room.appends[:0], c.room.expects[:0]
	for i, a := range about {
		root := a.Core()
		switch {
		case len(root.Recorded()) > 0:
			err := l.add(c, a, before.found[i].index.Unique)
			if err != nil {
				return nil, err
			}
		case findable(root):
			c.Expects = append(c.Expects, ports.Expectation{Stream: root.Stream(), Version: root.Version()})
		}
	}
	return c, nil
}

// key implements keyOf: it knows also the keys that begin and those that end with this commit.
func (c *composition) key(account string) ([]byte, error) {
	if slices.Contains(c.Destroy, account) {
		return nil, nil
	}
	for _, k := range c.NewKeys {
		if k.Account == account {
			return k.Wrapped, nil
		}
	}
	return c.before.key(account), nil
}

// add puts what one aggregate recorded into the commit.
func (l *Ledger) add(c *composition, a event.Aggregate, held []event.Unique) error {
	err := l.provideKey(c, a.Core())
	if err != nil {
		return err
	}
	moved := ports.Append{Stream: a.Core().Stream(), Expected: a.Core().Version()}
	moved.Facts, err = l.facts(c, a)
	if err != nil {
		return err
	}
	if a.State() != nil {
		err = l.addState(c, &moved, a.State(), held)
	}
	c.Appends = append(c.Appends, moved)
	return err
}

// provideKey makes the key of an account that begins with this commit.
func (l *Ledger) provideKey(c *composition, root *event.Root) error {
	if root.Stream().Kind != "account" || root.Version() > 0 {
		return nil
	}
	wrapped, err := l.vault.NewKey()
	if err != nil {
		return fmt.Errorf("make the key of account %s: %w", root.ID(), err)
	}
	c.NewKeys = append(c.NewKeys, ports.AccountKey{Account: root.ID(), Wrapped: wrapped})
	return nil
}

func (l *Ledger) facts(c *composition, a event.Aggregate) ([]event.Fact, error) {
	root := a.Core()
	facts := make([]event.Fact, 0, len(root.Recorded()))
	for i, r := range root.Recorded() {
		data, err := l.encode(r.Event, c.key)
		if err != nil {
			return nil, fmt.Errorf("write %T of %s: %w", r.Event, root.Stream(), err)
		}
		name, revision := a.Catalogue().Describe(r.Event)
		facts = append(facts, event.Fact{
			ID: l.entropy.ID(), Stream: root.Stream(), Version: root.Version() + event.Version(i) + 1,
			Name: name, Revision: revision, At: r.At, Cause: root.Cause(), Data: data,
		})
		if e, erases := r.Event.(event.Erasure); erases {
			c.Destroy = append(c.Destroy, e.Erases())
		}
	}
	return facts, nil
}

func (l *Ledger) addState(c *composition, moved *ports.Append, state event.State, held []event.Unique) error {
	index := state.Index()
	row, err := l.row(moved.Stream, moved.Expected+event.Version(len(moved.Facts)), state, index, c.key)
	if err != nil {
		return err
	}
	moved.Row = &row
	moved.Claim = l.keysOf(index.Unique, held)
	moved.Release = l.keysOf(held, index.Unique)
	return nil
}

// row is the stored form of a state at a version.
func (l *Ledger) row(s event.Stream, v event.Version, state event.State, index event.Index, key keyOf) (ports.Row, error) {
	data, err := l.encode(state, key)
	if err != nil {
		return ports.Row{}, fmt.Errorf("write the state of %s: %w", s, err)
	}
	return ports.Row{
		Stream: s, Version: v, Shape: state.Shape(), Data: data,
		Account: index.Account, Client: index.Client, Ends: index.Ends, Keep: index.Keep,
	}, nil
}

// keysOf are the keys of the values that stand in these but not in those: one under each master key,
// so that a value which was taken under an older one stays taken, and is given back whole.
func (l *Ledger) keysOf(these, those []event.Unique) []ports.UniqueKey {
	var found []ports.UniqueKey
	for _, u := range these {
		if slices.Contains(those, u) {
			continue
		}
		for _, digest := range l.vault.Digests(u.Kind, u.Value) {
			found = append(found, ports.UniqueKey{Kind: u.Kind, Digest: digest})
		}
	}
	return found
}
