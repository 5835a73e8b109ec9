package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
	"writ/ports"
)

// SearchableStore is a store whose streams can be found by what is not their id.
type SearchableStore interface {
	ports.EventStore
	ports.Directory
}

// Directory is the contract of ports.Directory. Each case gets a fresh store from open.
func Directory(t *testing.T, open func(t *testing.T) SearchableStore) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s SearchableStore)
	}{
		{"a unique key leads to the stream that holds it", finds},
		{"a key that nobody holds is not found", findsNothing},
		{"rows of a kind are listed, newest stream first", listsKind},
		{"a list shows what belongs to an account and a client", listsOwned},
		{"a list shows what has not ended", listsLive},
		{"a page shows part of the rows and how many fit in all", listsPages},
		{"listed rows come with the wrapped key of their account", listsKeys},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func finds(t *testing.T, s SearchableStore) {
	key := uniqueKey("handle")
	first, second := stream("account"), stream("account")
	mustAppend(t, s, claiming(first, 0, key))
	for _, holder := range []event.Stream{first, second} {
		got, err := s.Find(t.Context(), key)
		if err != nil || got != holder {
			t.Errorf("found %s (%v), want %s", got, err, holder)
		}
		if holder == first {
			give, take := releasing(first, 1, key), claiming(second, 0, key)
			mustAppend(t, s, ports.Commit{Appends: append(give.Appends, take.Appends...)})
		}
	}
}

func findsNothing(t *testing.T, s SearchableStore) {
	key := uniqueKey("handle")
	id := stream("account")
	mustAppend(t, s, claiming(id, 0, key))
	mustAppend(t, s, releasing(id, 1, key))
	for _, k := range []ports.UniqueKey{key, uniqueKey("handle"), {Kind: "email", Digest: key.Digest}} {
		_, err := s.Find(t.Context(), k)
		if !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("found %v, want %v", err, ports.ErrNotFound)
		}
	}
}

// numbered are streams of a kind whose ids are in order.
func numbered(kind string, n int) []event.Stream {
	all := make([]event.Stream, n)
	for i := range all {
		all[i] = event.Stream{Kind: kind, ID: fmt.Sprintf("%03d", i)}
	}
	return all
}

// listed gives the streams of a list, and how many fit in all.
func listed(t *testing.T, s SearchableStore, q ports.Query) ([]event.Stream, int) {
	t.Helper()
	rows, total, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("list %+v: %v", q, err)
	}
	var streams []event.Stream
	for _, r := range rows {
		streams = append(streams, r.Stream)
	}
	return streams, total
}

// lists wants exactly these streams in this order.
func lists(t *testing.T, s SearchableStore, q ports.Query, want ...event.Stream) {
	t.Helper()
	got, total := listed(t, s, q)
	if diff := cmp.Diff(want, got); diff != "" || total != len(want) {
		t.Errorf("list %+v shows %d in all (-want +got):\n%s", q, total, diff)
	}
}

func listsKind(t *testing.T, s SearchableStore) {
	g := numbered("grant", 3)
	for _, id := range append(numbered("grants", 2), g[1], g[0], g[2]) {
		mustAppend(t, s, one(moving(id, 0, 1)))
	}
	lists(t, s, ports.Query{Kind: "grant", Limit: 10}, g[2], g[1], g[0])
	lists(t, s, ports.Query{Kind: "grant"}, g[2], g[1], g[0])
	lists(t, s, ports.Query{Kind: "gran", Limit: 10})
}

func listsOwned(t *testing.T, s SearchableStore) {
	g := numbered("grant", 4)
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{
		owned(moving(g[0], 0, 1), "a", "x"), owned(moving(g[1], 0, 1), "a", "y"),
		owned(moving(g[2], 0, 1), "b", "x"), moving(g[3], 0, 1),
		owned(moving(event.Stream{Kind: "session", ID: "1"}, 0, 1), "a", "x"),
	}})
	lists(t, s, ports.Query{Kind: "grant", Account: "a", Limit: 10}, g[1], g[0])
	lists(t, s, ports.Query{Kind: "grant", Client: "x", Limit: 10}, g[2], g[0])
	lists(t, s, ports.Query{Kind: "grant", Account: "a", Client: "x", Limit: 10}, g[0])
	lists(t, s, ports.Query{Kind: "grant", Account: "c", Limit: 10})
}

func listsLive(t *testing.T, s SearchableStore) {
	g := numbered("grant", 3)
	var c ports.Commit
	for i, ends := range []time.Time{{}, noon, noon.Add(time.Microsecond)} {
		a := moving(g[i], 0, 1)
		a.Row.Ends = ends
		c.Appends = append(c.Appends, a)
	}
	mustAppend(t, s, c)
	lists(t, s, ports.Query{Kind: "grant", Live: noon, Limit: 10}, g[2], g[0])
	lists(t, s, ports.Query{Kind: "grant", Live: noon.Add(time.Hour), Limit: 10}, g[0])
}

func listsPages(t *testing.T, s SearchableStore) {
	g := numbered("grant", 5)
	for _, id := range g {
		mustAppend(t, s, one(moving(id, 0, 1)))
	}
	for _, c := range []struct {
		offset, limit int
		want          []event.Stream
	}{{0, 2, []event.Stream{g[4], g[3]}}, {2, 2, []event.Stream{g[2], g[1]}}, {4, 2, []event.Stream{g[0]}}, {6, 2, nil}, {3, 0, []event.Stream{g[1], g[0]}}} {
		got, total := listed(t, s, ports.Query{Kind: "grant", Offset: c.offset, Limit: c.limit})
		if diff := cmp.Diff(c.want, got); diff != "" || total != 5 {
			t.Errorf("page at %d of %d in all (-want +got):\n%s", c.offset, total, diff)
		}
	}
}

func listsKeys(t *testing.T, s SearchableStore) {
	id := event.Stream{Kind: "grant", ID: "1"}
	a := owned(moving(id, 0, 1), "a", "x")
	a.Row.Ends, a.Row.Keep = noon, noon.Add(time.Hour)
	mustAppend(t, s, ports.Commit{
		Appends: []ports.Append{a}, NewKeys: []ports.AccountKey{{Account: "a", Wrapped: []byte("wrapped")}},
	})
	rows, _, err := s.List(t.Context(), ports.Query{Kind: "grant"})
	if err != nil {
		t.Fatal(err)
	}
	want := *a.Row
	want.Key = []byte("wrapped")
	same(t, "rows", rows, []ports.Row{want})
}
