package portstest

import (
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// OwnedStore is a store that knows whom streams belong to, and forgets their rows.
type OwnedStore interface {
	ports.EventStore
	ports.Purger
	ports.Belongings
}

// Belongings is the contract of ports.Belongings. Each case gets a fresh store from open.
func Belongings(t *testing.T, open func(t *testing.T) OwnedStore) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s OwnedStore)
	}{
		{"what belongs to an account is listed in the order of names, its own stream among it", belongs},
		{"what was purged stays in the list", belonged},
		{"what came to an account with a later fact is in its list", acquired},
		{"a stream that never had a row is in no list", rowless},
		{"nothing belongs to an account that is not known, or to none", belongsToNobody},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// owns wants exactly these streams to belong to an account.
func owns(t *testing.T, s OwnedStore, account string, want ...event.Stream) {
	t.Helper()
	got, err := s.Streams(t.Context(), account)
	if err != nil {
		t.Fatalf("streams of %s: %v", account, err)
	}
	same(t, "the streams of "+account, got, want)
}

func belongs(t *testing.T, s OwnedStore) {
	own, other := event.Stream{Kind: "account", ID: "ada"}, event.Stream{Kind: "account", ID: "bob"}
	grants, visit := numbered("grant", 2), event.Stream{Kind: "session", ID: "000"}
	for _, stream := range []event.Stream{visit, grants[1], own, grants[0]} {
		mustAppend(t, s, one(owned(moving(stream, 0, 1), "ada", "app")))
	}
	mustAppend(t, s, one(owned(moving(other, 0, 1), "bob", "")))
	mustAppend(t, s, one(moving(stream("client"), 0, 1)))
	owns(t, s, "ada", own, grants[0], grants[1], visit)
	owns(t, s, "bob", other)
}

func belonged(t *testing.T, s OwnedStore) {
	g := numbered("grant", 3)
	for i, stream := range g {
		a := owned(moving(stream, 0, 1), "ada", "app")
		a.Row.Keep = noon.Add(time.Duration(i-1) * time.Hour)
		mustAppend(t, s, one(a))
	}
	for _, now := range []time.Time{noon, noon.Add(time.Minute)} {
		n, err := s.Purge(t.Context(), now, 10)
		if err != nil || n != 1 {
			t.Fatalf("purged %d (%v), want 1", n, err)
		}
		owns(t, s, "ada", g...)
	}
	mustAppend(t, s, one(owned(moving(g[0], 1, 1), "ada", "app"))) // its row is there again
	owns(t, s, "ada", g...)
}

func acquired(t *testing.T, s OwnedStore) {
	code := stream("device")
	mustAppend(t, s, one(moving(code, 0, 1)))
	owns(t, s, "ada")
	mustAppend(t, s, one(owned(moving(code, 1, 1), "ada", "")))
	owns(t, s, "ada", code)
}

func rowless(t *testing.T, s OwnedStore) {
	id := stream("token")
	mustAppend(t, s, one(ports.Append{Stream: id, Facts: facts(id, 0, 1)}))
	owns(t, s, "ada")
}

func belongsToNobody(t *testing.T, s OwnedStore) {
	mustAppend(t, s, one(moving(stream("grant"), 0, 1)))
	for _, account := range []string{"", "nobody", "a\x00b"} {
		owns(t, s, account)
	}
}
