package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

// storeCase is a sentence of the contract of EventStore, and how it is tested on a fresh store.
type storeCase struct {
	sentence string
	test     func(t *testing.T, s ports.EventStore)
}

// EventStore is the contract of ports.EventStore. Each case gets a store of its own from open.
func EventStore(t *testing.T, open func(t *testing.T) ports.EventStore) {
	for _, cases := range [][]storeCase{appendCases, batchCases, keyCases, censusCases, rowCases, confirmCases, historyCases} {
		for _, c := range cases {
			t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
		}
	}
}

var appendCases = []storeCase{
	{"what was appended is there, exactly", exactly},
	{"a stream that begins must not exist", beginsOnce},
	{"a stream must be at the version expected", atVersion},
	{"a stream without a state row moves by its history", rowlessMoves},
	{"of many writers at one version exactly one wins", oneWins},
	{"a commit over several streams is written whole or not at all", allOrNothing},
	{"a stream that was only read must not have moved", expectations},
	{"expecting version 0 means that there is no state row", expectNoRow},
	{"a commit of expectations alone is judged", expectationsAlone},
	{"what is to be done beside a commit is done once, before Append returns", besideOnce},
	{"a malformed commit is refused and affects no other", malformed},
	{"a caller whose time is over gets its ctx's error", callerGone},
}

func exactly(t *testing.T, s ports.EventStore) {
	a, b := moving(stream("grant"), 0, 2), moving(stream("client"), 0, 1)
	a.Row.Account, a.Row.Client = "acc/ount", "client"
	a.Row.Ends, a.Row.Keep = noon.Add(time.Hour), noon.Add(2*time.Hour)
	b.Facts[0].Data, b.Row.Data, b.Facts[0].Cause = nil, nil, ""
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{a, b}})

	rows := loaded(t, s, a.Stream, b.Stream)
	same(t, "rows", rows, map[event.Stream]ports.Row{a.Stream: *a.Row, b.Stream: *b.Row})
	same(t, "history", history(t, s, a.Stream, 0), a.Facts, withoutPositions)
	same(t, "history", history(t, s, b.Stream, 0), b.Facts, withoutPositions)
}

func beginsOnce(t *testing.T, s ports.EventStore) {
	id := stream("grant")
	mustAppend(t, s, one(moving(id, 0, 1)))
	refused(t, s, one(moving(id, 0, 1)), ports.ErrConflict)
	refused(t, s, one(moving(stream("grant"), 1, 1)), ports.ErrConflict)
	same(t, "versions", versions(t, s, id), map[event.Stream]event.Version{id: 1})
}

func atVersion(t *testing.T, s ports.EventStore) {
	id := stream("grant")
	mustAppend(t, s, one(moving(id, 0, 2)))
	refused(t, s, one(moving(id, 1, 1)), ports.ErrConflict)
	refused(t, s, one(moving(id, 3, 1)), ports.ErrConflict)
	mustAppend(t, s, one(moving(id, 2, 1)))
	same(t, "versions", versions(t, s, id), map[event.Stream]event.Version{id: 3})
}

func rowlessMoves(t *testing.T, s ports.EventStore) {
	id := stream("token")
	rowless := func(expected event.Version) ports.Commit {
		return one(ports.Append{Stream: id, Expected: expected, Facts: facts(id, expected, 1)})
	}
	mustAppend(t, s, rowless(0))
	refused(t, s, rowless(0), ports.ErrConflict)
	mustAppend(t, s, rowless(1))
	refused(t, s, rowless(1), ports.ErrConflict)
	same(t, "rows", loaded(t, s, id), map[event.Stream]ports.Row{})
	if n := len(history(t, s, id, 0)); n != 2 {
		t.Errorf("the stream has %d facts, want 2", n)
	}
}

func oneWins(t *testing.T, s ports.EventStore) {
	req.Covers(t, "R-103", "R-249")
	id := stream("grant")
	mustAppend(t, s, one(moving(id, 0, 1)))
	errs := together(contest, func(int) error { return s.Append(t.Context(), one(moving(id, 1, 1))) })
	if won, lost := count(errs, nil), count(errs, ports.ErrConflict); won != 1 || lost != contest-1 {
		t.Fatalf("%d writers won and %d conflicted, want 1 and %d: %v", won, lost, contest-1, errs)
	}
	if n := len(history(t, s, id, 0)); n != 2 {
		t.Errorf("the stream has %d facts, want 2", n)
	}
}

func allOrNothing(t *testing.T, s ports.EventStore) {
	moved, fresh, key := stream("authorization"), stream("grant"), uniqueKey("handle")
	mustAppend(t, s, one(moving(moved, 0, 2)))
	second := moving(fresh, 0, 1)
	second.Claim = []ports.UniqueKey{key}
	refused(t, s, ports.Commit{
		Appends: []ports.Append{second, moving(moved, 1, 1)},
		NewKeys: []ports.AccountKey{{Account: fresh.ID, Wrapped: []byte("key")}},
	}, ports.ErrConflict)
	same(t, "versions", versions(t, s, moved, fresh), map[event.Stream]event.Version{moved: 2})
	if n := len(history(t, s, fresh, 0)); n != 0 {
		t.Errorf("%d facts of a commit that was refused", n)
	}
	mustAppend(t, s, ports.Commit{
		Appends: []ports.Append{second, moving(moved, 2, 1)},
		NewKeys: []ports.AccountKey{{Account: fresh.ID, Wrapped: []byte("key")}},
	})
	same(t, "versions", versions(t, s, moved, fresh), map[event.Stream]event.Version{moved: 3, fresh: 1})
}

func expectations(t *testing.T, s ports.EventStore) {
	read, id := stream("client"), stream("grant")
	mustAppend(t, s, one(moving(read, 0, 2)))
	c := one(moving(id, 0, 1))
	for _, stale := range []event.Version{0, 1, 3} {
		c.Expects = []ports.Expectation{{Stream: read, Version: stale}}
		refused(t, s, c, ports.ErrConflict)
	}
	c.Expects = []ports.Expectation{{Stream: read, Version: 2}}
	mustAppend(t, s, c)
}

func expectNoRow(t *testing.T, s ports.EventStore) {
	absent, rowless := stream("client"), stream("token")
	mustAppend(t, s, one(ports.Append{Stream: rowless, Facts: facts(rowless, 0, 1)}))
	c := one(moving(stream("grant"), 0, 1))
	c.Expects = []ports.Expectation{{Stream: absent}, {Stream: rowless}}
	mustAppend(t, s, c)
}

func expectationsAlone(t *testing.T, s ports.EventStore) {
	id := stream("client")
	mustAppend(t, s, one(moving(id, 0, 1)))
	mustAppend(t, s, ports.Commit{Expects: []ports.Expectation{{Stream: id, Version: 1}}})
	refused(t, s, ports.Commit{Expects: []ports.Expectation{{Stream: id, Version: 2}}}, ports.ErrConflict)
}

func besideOnce(t *testing.T, s ports.EventStore) {
	done := 0 // without a lock, for it is this goroutine that does it
	c := one(moving(stream("grant"), 0, 1))
	c.Beside = func() { done++ }
	mustAppend(t, s, c)
	if done != 1 {
		t.Errorf("done %d times", done)
	}
}

func malformed(t *testing.T, s ports.EventStore) {
	id := stream("grant")
	nul, gap, none, foreign := moving(id, 0, 1), moving(id, 0, 2), moving(id, 0, 1), moving(id, 0, 1)
	nul.Facts[0].Cause = "a\x00b"
	gap.Facts[1].Version = 7
	none.Facts = nil
	foreign.Row.Stream = stream("grant")
	for _, a := range []ports.Append{nul, gap, none, foreign} {
		err := s.Append(t.Context(), one(a))
		if err == nil || errors.Is(err, ports.ErrConflict) {
			t.Errorf("append gave %v, want that it is malformed", err)
		}
	}
	mustAppend(t, s, one(moving(id, 0, 1)))
}

func callerGone(t *testing.T, s ports.EventStore) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	id := stream("grant")
	err := s.Append(ctx, one(moving(id, 0, 1)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("append gave %v, want %v", err, context.Canceled)
	}
	_, err = s.Load(ctx, []event.Stream{id})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("load gave %v, want %v", err, context.Canceled)
	}
}
