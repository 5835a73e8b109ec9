package portstest

import (
	"bytes"
	"errors"
	"testing"

	"writ/domain/event"
	"writ/ports"
)

// RewritableStore is a store whose derived rows can be replaced.
type RewritableStore interface {
	PurgeableStore
	ports.Rewriter
	ports.Directory
	ports.Belongings
}

// Rewriter is the contract of ports.Rewriter. Each case gets a fresh store from open.
func Rewriter(t *testing.T, open func(t *testing.T) RewritableStore) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s RewritableStore)
	}{
		{"a row and its keys take the place of those that were there", rewritesRow},
		{"what was decided on a row that was wrong is a conflict", rewriteBeginsEra},
		{"a row of another version than the log's is a conflict", rewriteConflicts},
		{"a stream whose row was purged keeps none, and whom it belonged to is noted again", rewriteLeavesPurged},
		{"the key of an account is there until it is destroyed", accountKeyStands},
		{"streams of a kind are listed in pages, in the order of their names", listsStreams},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func rewritesRow(t *testing.T, s RewritableStore) {
	a, before, after := moving(stream("account"), 0, 2), uniqueKey("handle"), uniqueKey("handle")
	a.Claim = []ports.UniqueKey{before}
	mustAppend(t, s, one(a))
	row := *a.Row
	row.Data, row.Shape = []byte("anew"), 9
	err := s.Rewrite(t.Context(), row, []ports.UniqueKey{after})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Load(t.Context(), []event.Stream{a.Stream})
	if err != nil || len(rows) != 1 || !bytes.Equal(rows[0].Data, row.Data) || rows[0].Shape != 9 || rows[0].Version != 2 {
		t.Errorf("rows %+v (%v)", rows, err)
	}
	if _, err = s.Find(t.Context(), before); !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("the old key is held: %v", err)
	}
	if holder, err := s.Find(t.Context(), after); err != nil || holder != a.Stream {
		t.Errorf("the new key is held by %v (%v)", holder, err)
	}
	mustAppend(t, s, one(moving(a.Stream, 2, 1)))
}

func rewriteBeginsEra(t *testing.T, s RewritableStore) {
	a := moving(stream("client"), 0, 1)
	mustAppend(t, s, one(a))
	right, wrong := *a.Row, *a.Row
	wrong.Data = []byte("something else")
	for _, step := range []struct {
		row  ports.Row
		want error
	}{{right, nil}, {wrong, ports.ErrConflict}, {wrong, nil}, {right, ports.ErrConflict}} {
		rows := must(s.Load(t.Context(), []event.Stream{a.Stream}))(t)
		c := one(moving(stream("grant"), 0, 1))
		c.Expects, c.Era = []ports.Expectation{{Stream: a.Stream, Version: 1}}, rows[0].Era
		err := s.Rewrite(t.Context(), step.row, nil)
		if err != nil {
			t.Fatal(err)
		}
		stands := must(s.Confirm(t.Context(), c.Expects, c.Era))(t)
		if stands != (step.want == nil) {
			t.Errorf("the row as it was before %q is confirmed: %v", step.row.Data, stands)
		}
		if err := s.Append(t.Context(), c); !errors.Is(err, step.want) {
			t.Errorf("a decision on the row as it was before %q gave %v, want %v", step.row.Data, err, step.want)
		}
	}
}

func rewriteConflicts(t *testing.T, s RewritableStore) {
	a := moving(stream("grant"), 0, 1)
	mustAppend(t, s, one(a))
	ahead := *a.Row
	ahead.Version = 2
	unknown := ports.Row{Stream: stream("grant"), Version: 1}
	for _, row := range []ports.Row{ahead, unknown} {
		if err := s.Rewrite(t.Context(), row, nil); !errors.Is(err, ports.ErrConflict) {
			t.Errorf("rewriting %s at %d gave %v", row.Stream, row.Version, err)
		}
	}
	same(t, "rows", versions(t, s, a.Stream), map[event.Stream]event.Version{a.Stream: 1})
}

func rewriteLeavesPurged(t *testing.T, s RewritableStore) {
	a := keptUntil(moving(stream("grant"), 0, 1), noon.Add(-1000))
	mustAppend(t, s, one(a))
	purged(t, s, noon, 10, 1)
	err := s.Rewrite(t.Context(), *a.Row, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", versions(t, s, a.Stream), map[event.Stream]event.Version{})
	owns(t, s, "ada")
	err = s.Rewrite(t.Context(), *owned(a, "ada", "app").Row, nil)
	if err != nil {
		t.Fatal(err)
	}
	owns(t, s, "ada", a.Stream)
	same(t, "rows", versions(t, s, a.Stream), map[event.Stream]event.Version{})
}

func accountKeyStands(t *testing.T, s RewritableStore) {
	a := moving(stream("account"), 0, 1)
	c := one(a)
	c.NewKeys = []ports.AccountKey{{Account: a.Stream.ID, Wrapped: []byte("wrapped")}}
	mustAppend(t, s, c)
	wantKey := func(want []byte) {
		t.Helper()
		got, err := s.AccountKey(t.Context(), a.Stream.ID)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("the key is %q (%v), want %q", got, err, want)
		}
	}
	wantKey([]byte("wrapped"))
	c = one(moving(a.Stream, 1, 1))
	c.Destroy = []string{a.Stream.ID}
	mustAppend(t, s, c)
	wantKey(nil)
}

func listsStreams(t *testing.T, s RewritableStore) {
	for _, id := range []string{"c", "a", "b"} {
		mustAppend(t, s, one(moving(event.Stream{Kind: "grant", ID: id}, 0, 2)))
	}
	mustAppend(t, s, one(moving(event.Stream{Kind: "client", ID: "b"}, 0, 1)))
	first, err := s.StreamsOf(t.Context(), "grant", "", 2)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := s.StreamsOf(t.Context(), "grant", "b", 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "streams", append(first, rest...), []event.Stream{
		{Kind: "grant", ID: "a"}, {Kind: "grant", ID: "b"}, {Kind: "grant", ID: "c"},
	})
}
