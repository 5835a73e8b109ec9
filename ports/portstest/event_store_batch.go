package portstest

import (
	"errors"
	"fmt"
	"testing"

	"writ/domain/event"
	"writ/ports"
)

var batchCases = []storeCase{
	{"a conflict among concurrent commits fails alone", failsAlone},
	{"a commit that the database refuses fails alone", refusedAlone},
	{"of concurrent commits on one new stream exactly one begins it", oneBegins},
	{"of a writer and those that only read exactly those after it conflict", readersConflict},
	{"positions are dense and in order within a stream", denseUnderLoad},
	{"concurrent loads each get their own rows", loadsApart},
}

func failsAlone(t *testing.T, s ports.EventStore) {
	stale := stream("grant")
	mustAppend(t, s, one(moving(stale, 0, 2)))
	errs := together(2*contest, func(i int) error {
		if i%2 == 0 {
			return s.Append(t.Context(), one(moving(stale, 1, 1)))
		}
		return s.Append(t.Context(), one(moving(stream("grant"), 0, 1)))
	})
	for i, err := range errs {
		if want := []error{ports.ErrConflict, nil}[i%2]; !errors.Is(err, want) {
			t.Errorf("commit %d gave %v, want %v", i, err, want)
		}
	}
}

// refusedAlone gives a commit a fact without an id, which no check before the database looks for.
func refusedAlone(t *testing.T, s ports.EventStore) {
	errs := together(2*contest, func(i int) error {
		a := moving(stream("grant"), 0, 1)
		if i%8 == 0 {
			a.Facts[0].ID = ""
		}
		return s.Append(t.Context(), one(a))
	})
	for i, err := range errs {
		if bad := i%8 == 0; bad != (err != nil) {
			t.Errorf("commit %d, without an id %t, gave %v", i, bad, err)
		}
	}
}

func oneBegins(t *testing.T, s ports.EventStore) {
	id := stream("account")
	errs := together(contest, func(int) error { return s.Append(t.Context(), one(moving(id, 0, 1))) })
	if won := count(errs, nil); won != 1 || count(errs, ports.ErrConflict) != contest-1 {
		t.Fatalf("%d began the stream, want 1: %v", won, errs)
	}
}

func readersConflict(t *testing.T, s ports.EventStore) {
	client, begun := stream("client"), make([]event.Stream, contest)
	mustAppend(t, s, one(moving(client, 0, 1)))
	errs := together(contest, func(i int) error {
		if i == contest/2 {
			return s.Append(t.Context(), one(moving(client, 1, 1)))
		}
		begun[i] = stream("grant")
		c := one(moving(begun[i], 0, 1))
		c.Expects = []ports.Expectation{{Stream: client, Version: 1}}
		return s.Append(t.Context(), c)
	})
	at := history(t, s, client, 1)[0].Position
	for i, err := range errs {
		if i == contest/2 {
			continue
		}
		facts := history(t, s, begun[i], 0)
		if (err == nil) != (len(facts) == 1) || (err != nil && !errors.Is(err, ports.ErrConflict)) {
			t.Errorf("commit %d gave %v and left %d facts", i, err, len(facts))
		}
		if len(facts) > 0 && facts[0].Position > at {
			t.Errorf("commit %d relied on version 1 at position %d, after it moved at %d", i, facts[0].Position, at)
		}
	}
}

func denseUnderLoad(t *testing.T, s ports.EventStore) {
	streams := make([]event.Stream, contest)
	errs := together(contest, func(i int) error {
		streams[i] = stream("grant")
		for v := range event.Version(8) {
			err := s.Append(t.Context(), one(moving(streams[i], 2*v, 2)))
			if err != nil {
				return fmt.Errorf("version %d: %w", v, err)
			}
		}
		return nil
	})
	if count(errs, nil) != contest {
		t.Fatal(errs)
	}
	seen := map[event.Position]bool{}
	for _, id := range streams {
		last := event.Position(0)
		for _, f := range history(t, s, id, 0) {
			if f.Position <= last || seen[f.Position] {
				t.Errorf("%s version %d has position %d after %d", id, f.Version, f.Position, last)
			}
			last, seen[f.Position] = f.Position, true
		}
	}
	for p := range event.Position(contest * 16) {
		if !seen[p+1] {
			t.Errorf("no fact has position %d", p+1)
		}
	}
}

func loadsApart(t *testing.T, s ports.EventStore) {
	owner := stream("account")
	mustAppend(t, s, one(moving(owner, 0, 1)))
	streams := make([]event.Stream, contest)
	for i := range streams {
		streams[i] = stream("grant")
		a := moving(streams[i], 0, i+1)
		if i%2 == 0 {
			a.Row.Account = owner.ID
		}
		mustAppend(t, s, one(a))
	}
	errs := together(4*contest, func(i int) error {
		id, n := streams[i%contest], i%contest
		rows, err := s.Load(t.Context(), []event.Stream{id, id, stream("none")})
		if err != nil {
			return err
		}
		want := 1 + (n+1)%2 // with its owner
		for _, r := range rows {
			if r.Stream != owner && (r.Stream != id || r.Version != event.Version(n+1)) {
				return fmt.Errorf("load of %s brought %s at %d", id, r.Stream, r.Version)
			}
			clear(r.Data) // nobody else sees it
		}
		if len(rows) != want {
			return fmt.Errorf("load of %s brought %d rows, want %d", id, len(rows), want)
		}
		return nil
	})
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}
