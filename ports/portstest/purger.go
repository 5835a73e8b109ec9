package portstest

import (
	"errors"
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

// PurgeableStore is a store that forgets.
type PurgeableStore interface {
	ports.EventStore
	ports.Purger
	ports.PurgeRecord
	Ephemera
}

// Ephemera is what a store forgets of itself when its time is over.
type Ephemera interface {
	ports.Interactions
	ports.Polls
	ports.Challenges
	ports.Quotas
}

// Purger is the contract of ports.Purger and ports.PurgeRecord. Each case gets a fresh store from open.
func Purger(t *testing.T, open func(t *testing.T) PurgeableStore) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s PurgeableStore)
	}{
		{"rows whose time to be kept is over go, others stay", purgesDue},
		{"a purged row is recorded as purged, and its events stay", purgeRecorded},
		{"a purged row gives its unique keys back", purgesKeys},
		{"a purged stream is not begun again", purgedStreamStays},
		{"no more than the limit goes at once, and fewer means that none is due", purgesInParts},
		{"interactions and polls that are over go", purgesEphemera},
		{"challenges and quotas that are over go", purgesProofs},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func keptUntil(a ports.Append, keep time.Time) ports.Append {
	a.Row.Keep = keep
	return a
}

func purged(t *testing.T, s PurgeableStore, now time.Time, limit, want int) {
	t.Helper()
	n, err := s.Purge(t.Context(), now, limit)
	if err != nil || n != want {
		t.Errorf("purged %d (%v), want %d", n, err, want)
	}
}

func purgesDue(t *testing.T, s PurgeableStore) {
	due, now, never := stream("grant"), stream("grant"), stream("grant")
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{
		keptUntil(moving(due, 0, 1), noon.Add(-time.Microsecond)), keptUntil(moving(now, 0, 1), noon), moving(never, 0, 1),
	}})
	purged(t, s, noon, 10, 1)
	same(t, "rows", versions(t, s, due, now, never), map[event.Stream]event.Version{now: 1, never: 1})
}

func purgeRecorded(t *testing.T, s PurgeableStore) {
	id, other := stream("grant"), stream("grant")
	a := keptUntil(moving(id, 0, 3), noon.Add(-time.Hour))
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{a, moving(other, 0, 1)}})
	purged(t, s, noon, 10, 1)
	version, err := s.Purged(t.Context(), id)
	if err != nil || version != 3 {
		t.Errorf("recorded as purged at %d (%v), want 3", version, err)
	}
	_, err = s.Purged(t.Context(), other)
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("a row that is there is recorded as purged: %v", err)
	}
	same(t, "history", history(t, s, id, 0), a.Facts, withoutPositions)
}

func purgesKeys(t *testing.T, s PurgeableStore) {
	key := uniqueKey("user_code")
	c := claiming(stream("device"), 0, key)
	c.Appends[0].Row.Keep = noon.Add(-time.Hour)
	mustAppend(t, s, c)
	purged(t, s, noon, 10, 1)
	mustAppend(t, s, claiming(stream("device"), 0, key))
}

func purgedStreamStays(t *testing.T, s PurgeableStore) {
	id := stream("device")
	mustAppend(t, s, one(keptUntil(moving(id, 0, 2), noon.Add(-time.Hour))))
	purged(t, s, noon, 10, 1)
	refused(t, s, one(moving(id, 0, 1)), ports.ErrConflict)
	mustAppend(t, s, ports.Commit{Expects: []ports.Expectation{{Stream: id, Version: 0}}})

	// A fact that comes late all the same brings the row back.
	mustAppend(t, s, one(moving(id, 2, 1)))
	_, err := s.Purged(t.Context(), id)
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("a row that is there again is recorded as purged: %v", err)
	}
}

func purgesInParts(t *testing.T, s PurgeableStore) {
	req.Covers(t, "R-256")
	var c ports.Commit
	for range 5 {
		c.Appends = append(c.Appends, keptUntil(moving(stream("grant"), 0, 1), noon.Add(-time.Hour)))
	}
	mustAppend(t, s, c)
	for _, want := range []int{2, 2, 1, 0} {
		purged(t, s, noon, 2, want)
	}
}

func purgesEphemera(t *testing.T, s PurgeableStore) {
	for id, expires := range map[string]time.Time{"over": noon.Add(-time.Second), "pending": noon.Add(time.Second)} {
		err := s.Keep(t.Context(), ports.Interaction{ID: id, Expires: expires})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Poll(t.Context(), ports.Polling{Device: id, Least: time.Second, At: noon.Add(-time.Minute), Forget: expires})
		if err != nil {
			t.Fatal(err)
		}
	}
	purged(t, s, noon, 10, 2)
	_, err := s.Bind(t.Context(), "over", "session", "account", noon.Add(-time.Minute))
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("bind gave %v, want %v", err, ports.ErrNotFound)
	}
	_, err = s.Bind(t.Context(), "pending", "session", "account", noon)
	if err != nil {
		t.Errorf("bind what is pending: %v", err)
	}
}

func purgesProofs(t *testing.T, s PurgeableStore) {
	for id, ends := range map[string]time.Time{"over": noon.Add(-time.Second), "pending": noon.Add(time.Second)} {
		err := s.Pose(t.Context(), ports.Challenge{ID: id, Begun: noon.Add(-time.Minute), Expires: ends})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Take(t.Context(), ends.Add(-time.Minute), allowance(id, 1, time.Minute))
		if err != nil {
			t.Fatal(err)
		}
	}
	purged(t, s, noon, 10, 2)
	same(t, "what is live", len(tried(t, s, ports.Try{ID: "pending", Now: noon})), 1)
	takes(t, s, 0, time.Second, allowance("pending", 1, time.Minute))
}
