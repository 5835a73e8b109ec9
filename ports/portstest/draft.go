package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// DraftStore is a store of which a second set of rows can be derived.
type DraftStore interface {
	RewritableStore
	ports.Draft
}

// Draft is the contract of ports.Draft. Each case gets a fresh store from open.
func Draft(t *testing.T, open func(t *testing.T) DraftStore) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s DraftStore)
	}{
		{"a draft is extended by facts that it has not seen, with the rows that it made before", draftExtends},
		{"a derivation finds the keys of accounts", draftKeys},
		{"pairs are what is live and what is in the draft, page by page", draftPairs},
		{"pairs are at the end of the log, also of what the draft has not seen", draftPairsAtEnd},
		{"what is published takes the place of what is live, and nothing else changes", publishes},
		{"a key that another stream held wrongly changes hands", publishesKeys},
		{"what is published is at the end of the log", publishesTheEnd},
		{"a stream whose row was purged stays without, and whom it belonged to is noted", publishLeavesPurged},
		{"a row that is noted as purged and is there is not noted any more", publishForgetsNote},
		{"what was decided on rows that were read before is a conflict", publishBeginsEra},
		{"a draft ends when another one begins", draftEnds},
		{"a draft that was discarded has ended", draftDiscarded},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// derived is what the suite makes of facts: a row that says how many there were, and a key of the
// stream's name. Tokens have none.
func derived(m ports.Material) ([]ports.Derived, error) {
	rows := map[event.Stream]ports.Row{}
	for _, r := range m.Rows {
		rows[r.Stream] = r
	}
	made := map[event.Stream]ports.Derived{}
	for _, f := range m.Facts {
		if f.Stream.Kind == "token" {
			continue
		}
		if rows[f.Stream].Version != f.Version-1 {
			return nil, fmt.Errorf("fact %d of %s comes after version %d", f.Version, f.Stream, rows[f.Stream].Version)
		}
		row := rightRow(f.Stream, f.Version)
		rows[f.Stream] = row
		made[f.Stream] = ports.Derived{Row: row, Keys: []ports.UniqueKey{rightKey(f.Stream)}}
	}
	var all []ports.Derived
	for _, d := range made {
		all = append(all, d)
	}
	return all, nil
}

func rightRow(s event.Stream, v event.Version) ports.Row {
	return ports.Row{
		Stream: s, Version: v, Shape: 3, Account: "ada", Client: "app", Data: fmt.Appendf(nil, "%d facts", v),
		Ends: noon.Add(time.Hour), Keep: noon.Add(2 * time.Hour),
	}
}

func rightKey(s event.Stream) ports.UniqueKey {
	return ports.UniqueKey{Kind: "name", Digest: []byte(s.String())}
}

// right is an append after which everything is as the suite derives it.
func right(s event.Stream, expected event.Version, n int) ports.Append {
	row := rightRow(s, expected+event.Version(n))
	return ports.Append{
		Stream: s, Expected: expected, Facts: facts(s, expected, n), Row: &row, Claim: []ports.UniqueKey{rightKey(s)},
	}
}

// drafted is a draft at the end of the log.
func drafted(t *testing.T, s DraftStore) string {
	t.Helper()
	draft := must(s.Begin(t.Context()))(t)
	for must(s.Extend(t.Context(), draft, 2, derived))(t) > 0 {
	}
	return draft
}

func paired(t *testing.T, s DraftStore, draft, after string, limit int) []ports.Pair {
	t.Helper()
	pairs := must(s.Pairs(t.Context(), draft, after, limit, derived))(t)
	for i := range pairs {
		if pairs[i].Live != nil {
			pairs[i].Live.Era = 0
		}
	}
	return pairs
}

// fits is the pair of a stream that is as it should be.
func fits(s event.Stream, v event.Version) ports.Pair {
	row := rightRow(s, v)
	keys := []ports.UniqueKey{rightKey(s)}
	return ports.Pair{Stream: s, Live: &row, Holds: keys, Draft: &ports.Derived{Row: row, Keys: keys}}
}

func draftExtends(t *testing.T, s DraftStore) {
	g, token := numbered("grant", 2), stream("token")
	mustAppend(t, s, one(right(g[0], 0, 2)))
	mustAppend(t, s, one(ports.Append{Stream: token, Facts: facts(token, 0, 1)}))
	mustAppend(t, s, one(right(g[1], 0, 1)))
	draft := must(s.Begin(t.Context()))(t)
	for _, want := range []int{3, 1, 0} {
		if n := must(s.Extend(t.Context(), draft, 3, derived))(t); n != want {
			t.Errorf("extended by %d facts, want %d", n, want)
		}
	}
	mustAppend(t, s, one(right(g[0], 2, 1)))
	if n := must(s.Extend(t.Context(), draft, 3, derived))(t); n != 1 {
		t.Errorf("extended by %d facts, want 1", n)
	}
	same(t, "pairs", paired(t, s, draft, "", 10), []ports.Pair{fits(g[0], 3), fits(g[1], 1)})
}

func draftKeys(t *testing.T, s DraftStore) {
	c := one(right(event.Stream{Kind: "account", ID: "ada"}, 0, 1))
	c.NewKeys = []ports.AccountKey{{Account: "ada", Wrapped: []byte("wrapped")}}
	mustAppend(t, s, c)
	draft, asked := must(s.Begin(t.Context()))(t), 0
	look := func(m ports.Material) ([]ports.Derived, error) {
		asked++
		wrapped, err := m.Key("ada")
		none, missing := m.Key("nobody")
		if string(wrapped) != "wrapped" || none != nil || err != nil || missing != nil {
			t.Errorf("the keys are %q (%v) and %q (%v)", wrapped, err, none, missing)
		}
		return derived(m)
	}
	must(s.Extend(t.Context(), draft, 10, look))(t)
	if asked != 1 {
		t.Errorf("derived %d times", asked)
	}
	p := paired(t, s, draft, "", 10)[0]
	same(t, "keys", [][]byte{p.Live.Key, p.Draft.Row.Key}, [][]byte{[]byte("wrapped"), []byte("wrapped")})
}

func draftPairs(t *testing.T, s DraftStore) {
	token := event.Stream{Kind: "token", ID: "1"}
	missing, extra, wrong := numbered("grant", 3)[0], token, numbered("grant", 3)[1]
	plantDifferences(t, s, missing, extra, wrong)
	draft := drafted(t, s)
	lacks, differs, stray := fits(missing, 3), fits(wrong, 1), ports.Pair{Stream: extra}
	lacks.Live = nil
	differs.Live, differs.Holds = &ports.Row{Stream: wrong, Version: 1, Shape: 3, Data: []byte("wrong")}, []ports.UniqueKey{rightKey(extra)}
	row := rightRow(extra, 1)
	stray.Live = &row
	var all []ports.Pair
	for after := ""; ; {
		page := paired(t, s, draft, after, 2)
		if len(page) == 0 {
			break
		}
		all, after = append(all, page...), page[len(page)-1].Stream.String()
	}
	same(t, "pairs", all, []ports.Pair{lacks, differs, stray})
}

// plantDifferences leaves a stream without its row, one with a row that no fact makes, and one with a
// wrong row and another's key.
func plantDifferences(t *testing.T, s DraftStore, missing, extra, wrong event.Stream) {
	t.Helper()
	mustAppend(t, s, one(right(missing, 0, 2)))
	mustAppend(t, s, one(ports.Append{Stream: missing, Expected: 2, Facts: facts(missing, 2, 1)}))
	mustAppend(t, s, one(ports.Append{Stream: extra, Facts: facts(extra, 0, 1)}))
	mustAppend(t, s, one(right(wrong, 0, 1)))
	err := s.Rewrite(t.Context(), rightRow(extra, 1), nil)
	if err == nil {
		err = s.Rewrite(t.Context(), ports.Row{Stream: wrong, Version: 1, Shape: 3, Data: []byte("wrong")}, []ports.UniqueKey{rightKey(extra)})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func draftPairsAtEnd(t *testing.T, s DraftStore) {
	g := numbered("grant", 3)
	mustAppend(t, s, one(right(g[0], 0, 1)))
	mustAppend(t, s, one(right(g[2], 0, 1)))
	draft := drafted(t, s)
	mustAppend(t, s, one(right(g[0], 1, 1)))
	mustAppend(t, s, one(right(g[1], 0, 1)))
	same(t, "first", paired(t, s, draft, "", 2), []ports.Pair{fits(g[0], 2), fits(g[1], 1)})
	same(t, "rest", paired(t, s, draft, g[1].String(), 2), []ports.Pair{fits(g[2], 1)})
	same(t, "none", paired(t, s, draft, g[2].String(), 2), []ports.Pair{})
}

func publishes(t *testing.T, s DraftStore) {
	g := numbered("grant", 3)
	missing, wrong, other, extra := g[0], g[1], g[2], stream("token")
	plantDifferences(t, s, missing, extra, wrong)
	mustAppend(t, s, one(moving(other, 0, 1))) // differs as well, and is not to be replaced
	draft := drafted(t, s)
	publish(t, s, draft, missing, wrong, extra)
	pairs := paired(t, s, draft, "", 10)
	if len(pairs) != 3 {
		t.Fatalf("pairs %+v", pairs)
	}
	same(t, "pairs", pairs[:2], []ports.Pair{fits(missing, 3), fits(wrong, 1)})
	same(t, "the other", *pairs[2].Live, *moving(other, 0, 1).Row)
	mustAppend(t, s, one(right(missing, 3, 1)))
}

func publish(t *testing.T, s DraftStore, draft string, streams ...event.Stream) {
	t.Helper()
	err := s.Publish(t.Context(), draft, streams, derived)
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func publishesKeys(t *testing.T, s DraftStore) {
	g := numbered("grant", 2)
	mustAppend(t, s, one(right(g[0], 0, 1)))
	mustAppend(t, s, one(right(g[1], 0, 1)))
	for i, stream := range g {
		err := s.Rewrite(t.Context(), rightRow(stream, 1), []ports.UniqueKey{rightKey(g[1-i])})
		if err != nil {
			t.Fatal(err)
		}
	}
	draft := drafted(t, s)
	publish(t, s, draft, g[1], g[0])
	same(t, "pairs", paired(t, s, draft, "", 10), []ports.Pair{fits(g[0], 1), fits(g[1], 1)})
}

func publishesTheEnd(t *testing.T, s DraftStore) {
	g := numbered("grant", 2)
	mustAppend(t, s, one(moving(g[0], 0, 1)))
	draft := drafted(t, s)
	mustAppend(t, s, one(moving(g[0], 1, 2)))
	mustAppend(t, s, one(moving(g[1], 0, 1)))
	publish(t, s, draft, g...)
	same(t, "pairs", paired(t, s, draft, "", 10), []ports.Pair{fits(g[0], 3), fits(g[1], 1)})
}

func publishLeavesPurged(t *testing.T, s DraftStore) {
	g := numbered("grant", 1)[0]
	mustAppend(t, s, one(keptUntil(moving(g, 0, 1), noon.Add(-time.Hour))))
	purged(t, s, noon, 10, 1)
	draft := drafted(t, s)
	owns(t, s, "ada")
	publish(t, s, draft, g)
	owns(t, s, "ada", g)
	p := paired(t, s, draft, "", 10)[0]
	same(t, "the note", *p.Purged, ports.Row{Stream: g, Version: 1, Account: "ada", Client: "app"})
	if p.Live != nil || len(p.Holds) > 0 {
		t.Errorf("the stream has row %+v and keys %v", p.Live, p.Holds)
	}
}

func publishForgetsNote(t *testing.T, s DraftStore) {
	g := numbered("grant", 1)[0]
	mustAppend(t, s, one(keptUntil(moving(g, 0, 1), noon.Add(-time.Hour))))
	purged(t, s, noon, 10, 1)
	mustAppend(t, s, one(ports.Append{Stream: g, Expected: 1, Facts: facts(g, 1, 1)})) // moved, and still without a row
	draft := drafted(t, s)
	publish(t, s, draft, g)
	same(t, "pairs", paired(t, s, draft, "", 10), []ports.Pair{fits(g, 2)})
}

func publishBeginsEra(t *testing.T, s DraftStore) {
	g, other := numbered("grant", 1)[0], stream("grant")
	mustAppend(t, s, one(moving(g, 0, 1)))
	decided := func() ports.Commit {
		rows := must(s.Load(t.Context(), []event.Stream{g}))(t)
		c := one(moving(other, 0, 1))
		c.Expects, c.Era = []ports.Expectation{{Stream: g, Version: rows[0].Version}}, rows[0].Era
		return c
	}
	early := decided()
	draft := drafted(t, s)
	mustAppend(t, s, ports.Commit{Expects: early.Expects, Era: early.Era})
	publish(t, s, draft, g)
	refused(t, s, early, ports.ErrConflict)
	refused(t, s, early, ports.ErrConflict)
	mustAppend(t, s, decided())
	unread := one(moving(stream("grant"), 0, 1))
	mustAppend(t, s, unread)
}

func draftEnds(t *testing.T, s DraftStore) {
	mustAppend(t, s, one(right(stream("grant"), 0, 1)))
	first := drafted(t, s)
	second := must(s.Begin(t.Context()))(t)
	ended(t, s, first)
	if n := must(s.Extend(t.Context(), second, 10, derived))(t); n != 1 {
		t.Errorf("another draft begins with %d facts, want 1", n)
	}
}

// ended wants that nothing can be done with a draft any more.
func ended(t *testing.T, s DraftStore, draft string) {
	t.Helper()
	_, extend := s.Extend(t.Context(), draft, 10, derived)
	_, pairs := s.Pairs(t.Context(), draft, "", 10, derived)
	for what, err := range map[string]error{
		"extend": extend, "pairs": pairs, "publish": s.Publish(t.Context(), draft, nil, derived), "discard": s.Discard(t.Context(), draft),
	} {
		if !errors.Is(err, ports.ErrConflict) {
			t.Errorf("%s of a draft that has ended gave %v, want %v", what, err, ports.ErrConflict)
		}
	}
}

func draftDiscarded(t *testing.T, s DraftStore) {
	mustAppend(t, s, one(right(stream("grant"), 0, 1)))
	draft := drafted(t, s)
	err := s.Discard(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, s, draft)
	same(t, "pairs of another draft", len(paired(t, s, drafted(t, s), "", 10)), 1)
}
