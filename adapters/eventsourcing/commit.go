package eventsourcing

import (
	"context"
	"fmt"
	"slices"

	"writ/domain/event"
	"writ/ports"
)

// commit writes what the aggregates recorded, expecting all of them where they were found.
func (l *Ledger) commit(ctx context.Context, about []event.Aggregate, before snapshot) error {
	c := ports.Commit{Appends: make([]ports.Append, 0, len(about))}
	for i, a := range about {
		root := a.Core()
		if len(root.Recorded()) == 0 {
			if findable(root) {
				c.Expects = append(c.Expects, ports.Expectation{Stream: root.Stream(), Version: root.Version()})
			}
			continue
		}
		err := l.add(&c, a, before.held[i], before.keys)
		if err != nil {
			return err
		}
	}
	if len(c.Appends) == 0 {
		return nil
	}
	return l.store.Append(ctx, c)
}

// add puts what one aggregate recorded into the commit.
func (l *Ledger) add(c *ports.Commit, a event.Aggregate, held []event.Unique, keys keys) error {
	err := l.provideKey(c, a, keys)
	if err != nil {
		return err
	}
	moved := ports.Append{Stream: a.Core().Stream(), Expected: a.Core().Version()}
	moved.Facts, err = l.facts(c, a, keys)
	if err != nil {
		return err
	}
	if a.State() != nil {
		err = l.addState(&moved, a, held, keys)
	}
	c.Appends = append(c.Appends, moved)
	return err
}

// provideKey makes the key of an account that begins with this commit.
func (l *Ledger) provideKey(c *ports.Commit, a event.Aggregate, keys keys) error {
	root := a.Core()
	if root.Stream().Kind != "account" || root.Version() > 0 {
		return nil
	}
	wrapped, err := l.vault.NewKey()
	if err != nil {
		return fmt.Errorf("make the key of account %s: %w", root.ID(), err)
	}
	keys[root.ID()] = wrapped
	c.NewKeys = append(c.NewKeys, ports.AccountKey{Account: root.ID(), Wrapped: wrapped})
	return nil
}

func (l *Ledger) facts(c *ports.Commit, a event.Aggregate, keys keys) ([]event.Fact, error) {
	root := a.Core()
	facts := make([]event.Fact, 0, len(root.Recorded()))
	for i, r := range root.Recorded() {
		data, err := l.encode(r.Event, keys)
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
			delete(keys, e.Erases())
		}
	}
	return facts, nil
}

func (l *Ledger) addState(moved *ports.Append, a event.Aggregate, held []event.Unique, keys keys) error {
	row, err := l.row(moved.Stream, moved.Expected+event.Version(len(moved.Facts)), a.State(), keys)
	if err != nil {
		return err
	}
	index := a.State().Index()
	moved.Row = &row
	moved.Claim = l.keysOf(index.Unique, held)
	moved.Release = l.keysOf(held, index.Unique)
	return nil
}

// row is the stored form of a state at a version.
func (l *Ledger) row(s event.Stream, v event.Version, state event.State, keys keys) (ports.Row, error) {
	data, err := l.encode(state, keys)
	if err != nil {
		return ports.Row{}, fmt.Errorf("write the state of %s: %w", s, err)
	}
	index := state.Index()
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
