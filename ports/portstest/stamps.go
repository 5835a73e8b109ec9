package portstest

import (
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// Stamps is the contract of ports.Stamps. Each case gets a fresh one from open, and a way to see
// its notes as another process does once that one has closed.
func Stamps(t *testing.T, open func(t *testing.T) (s ports.Stamps, reopen func() ports.Stamps)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s ports.Stamps, reopen func() ports.Stamps)
	}{
		{"the stamps of those streams that have one are returned", stamped},
		{"a stream is written at most once a minute", onceAMinute},
		{"many touches at once are safe", touchedAtOnce},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s, reopen := open(t)
			c.test(t, s, reopen)
		})
	}
}

func lastUsed(t *testing.T, s ports.Stamps, streams ...event.Stream) map[event.Stream]time.Time {
	t.Helper()
	used, err := s.LastUsed(t.Context(), streams)
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func stamped(t *testing.T, s ports.Stamps, reopen func() ports.Stamps) {
	a, b, unused := stream("grant"), stream("session"), stream("grant")
	s.Touch(a, noon)
	s.Touch(b, noon.Add(time.Second))
	want := map[event.Stream]time.Time{a: noon, b: noon.Add(time.Second)}
	same(t, "here", lastUsed(t, s, a, b, unused), want)
	same(t, "none", lastUsed(t, s), map[event.Stream]time.Time{})
	same(t, "later", lastUsed(t, reopen(), a, b, unused), want)
}

func onceAMinute(t *testing.T, s ports.Stamps, reopen func() ports.Stamps) {
	id := stream("grant")
	for _, after := range []time.Duration{0, time.Second, time.Minute, 90 * time.Second, 2*time.Minute - 1} {
		s.Touch(id, noon.Add(after))
	}
	want := map[event.Stream]time.Time{id: noon.Add(time.Minute)}
	same(t, "here", lastUsed(t, s, id), want)
	s = reopen()
	s.Touch(id, noon) // a note never goes back
	same(t, "later", lastUsed(t, s, id), want)
}

func touchedAtOnce(t *testing.T, s ports.Stamps, reopen func() ports.Stamps) {
	id := stream("grant")
	together(contest, func(i int) error {
		s.Touch(id, noon)
		s.Touch(stream("session"), noon)
		return nil
	})
	same(t, "later", lastUsed(t, reopen(), id), map[event.Stream]time.Time{id: noon})
}
