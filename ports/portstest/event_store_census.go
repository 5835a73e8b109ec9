package portstest

import (
	"errors"
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
)

var censusCases = []storeCase{
	{"a census holds when exactly these rows are live", censusHolds},
	{"a row that began, ended or changed hands since is a conflict", censusMoved},
	{"a census counts rows of its account and its kind alone", censusApart},
	{"a census is held against what stood before its own commit", censusBefore},
	{"of many that count the same and add to it exactly one succeeds", censusContest},
	{"of a census and those that end a row meanwhile the order of positions decides", censusInOrder},
}

// belonging is a commit that begins a stream of an account, which ends at a time.
func belonging(id event.Stream, account string, ends time.Time) ports.Commit {
	a := owned(moving(id, 0, 1), account, "")
	a.Row.Ends = ends
	return one(a)
}

// counting is a commit that writes another stream and rests on a census of ada's grants at noon.
func counting(streams ...event.Stream) ports.Commit {
	c := one(moving(stream("account"), 0, 1))
	c.Census = []ports.Census{{Account: "ada", Kind: "grant", Live: noon, Streams: streams}}
	return c
}

func censusHolds(t *testing.T, s ports.EventStore) {
	g := numbered("grant", 4)
	mustAppend(t, s, counting())
	refused(t, s, counting(g[0]), ports.ErrConflict)
	for i, ends := range []time.Time{{}, noon, noon.Add(time.Microsecond), noon.Add(time.Hour)} {
		mustAppend(t, s, belonging(g[i], "ada", ends))
	}
	mustAppend(t, s, counting(g[0], g[3], g[2]))
	for _, wrong := range [][]event.Stream{nil, {g[0]}, {g[0], g[1], g[2]}, {g[0], g[1], g[2], g[3]}, {g[0], g[2], stream("grant")}} {
		refused(t, s, counting(wrong...), ports.ErrConflict)
	}
	every := counting(g...)
	every.Census[0].Live = time.Time{}
	mustAppend(t, s, every)
	alone := counting(g[0], g[2], g[3])
	alone.Appends = nil
	mustAppend(t, s, alone)
}

func censusMoved(t *testing.T, s ports.EventStore) {
	g := numbered("grant", 2)
	mustAppend(t, s, belonging(g[0], "ada", time.Time{}))
	mustAppend(t, s, belonging(g[1], "ada", time.Time{}))
	refused(t, s, counting(g[0]), ports.ErrConflict)
	ended := owned(moving(g[1], 1, 1), "ada", "")
	ended.Row.Ends = noon.Add(-time.Hour)
	mustAppend(t, s, one(ended))
	refused(t, s, counting(g...), ports.ErrConflict)
	mustAppend(t, s, counting(g[0]))
	mustAppend(t, s, one(owned(moving(g[0], 1, 1), "bob", "")))
	refused(t, s, counting(g[0]), ports.ErrConflict)
	mustAppend(t, s, counting())
}

func censusApart(t *testing.T, s ports.EventStore) {
	for _, id := range []event.Stream{{Kind: "grants", ID: "1"}, {Kind: "gran", ID: "1"}, {Kind: "session", ID: "1"}} {
		mustAppend(t, s, belonging(id, "ada", time.Time{}))
	}
	mustAppend(t, s, belonging(stream("grant"), "bob", time.Time{}))
	mustAppend(t, s, belonging(stream("grant"), "", time.Time{}))
	mustAppend(t, s, counting())
	nobody := counting()
	nobody.Census[0].Account = ""
	mustAppend(t, s, nobody)
}

func censusBefore(t *testing.T, s ports.EventStore) {
	id := stream("grant")
	c := counting()
	c.Appends = append(c.Appends, belonging(id, "ada", time.Time{}).Appends...)
	mustAppend(t, s, c)
	ended := owned(moving(id, 1, 1), "ada", "")
	ended.Row.Ends = noon.Add(-time.Hour)
	c = counting(id)
	c.Appends = append(c.Appends, ended)
	mustAppend(t, s, c)
	mustAppend(t, s, counting())
}

func censusContest(t *testing.T, s ports.EventStore) {
	errs := together(contest, func(int) error {
		c := counting()
		c.Appends = append(c.Appends, belonging(stream("grant"), "ada", time.Time{}).Appends...)
		return s.Append(t.Context(), c)
	})
	if won, lost := count(errs, nil), count(errs, ports.ErrConflict); won != 1 || lost != contest-1 {
		t.Errorf("%d won and %d conflicted, want 1 and %d: %v", won, lost, contest-1, errs)
	}
}

// censusInOrder lets every second of many commits count what others end one by one: a census that
// counts n rows holds where just n of them are left.
func censusInOrder(t *testing.T, s ports.EventStore) {
	g := numbered("grant", contest)
	for _, id := range g {
		mustAppend(t, s, belonging(id, "ada", time.Time{}))
	}
	counts := make([]ports.Commit, contest)
	errs := together(2*contest, func(i int) error {
		if i%2 == 0 {
			ended := owned(moving(g[i/2], 1, 1), "ada", "")
			ended.Row.Ends = noon.Add(-time.Hour)
			return s.Append(t.Context(), one(ended))
		}
		counts[i/2] = counting(g...)
		return s.Append(t.Context(), counts[i/2])
	})
	first := event.Position(0)
	for i, id := range g {
		if errs[2*i] != nil {
			t.Fatalf("to end %s gave %v", id, errs[2*i])
		}
		if at := history(t, s, id, 1)[0].Position; first == 0 || at < first {
			first = at
		}
	}
	for i, c := range counts {
		facts := history(t, s, c.Appends[0].Stream, 0)
		err := errs[2*i+1]
		switch {
		case err == nil && facts[0].Position > first:
			t.Errorf("census %d held at %d, after a row had ended at %d", i, facts[0].Position, first)
		case err != nil && (!errors.Is(err, ports.ErrConflict) || len(facts) > 0):
			t.Errorf("census %d gave %v and left %d facts", i, err, len(facts))
		}
	}
}
