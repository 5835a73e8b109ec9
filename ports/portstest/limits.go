package portstest

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/ports"
)

// OpenLimits gives limits that block a key while a number of failures lie within a window.
type OpenLimits func(most int, window time.Duration) ports.Limits

var limitsBegin = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// Limits is the contract of ports.Limits.
func Limits(t *testing.T, open OpenLimits) {
	t.Run("a key is blocked after its failures", func(t *testing.T) { keyIsBlocked(t, open) })
	t.Run("asking counts nothing", func(t *testing.T) { askingCountsNothing(t, open) })
	t.Run("no window admits more", func(t *testing.T) { rapid.Check(t, func(rt *rapid.T) { noWindowAdmitsMore(rt, open) }) })
	t.Run("the wait is exact", func(t *testing.T) { rapid.Check(t, func(rt *rapid.T) { waitIsExact(rt, open) }) })
	t.Run("it is safe for concurrent use", func(t *testing.T) { limitsAreConcurrent(t, open) })
}

func keyIsBlocked(t *testing.T, open OpenLimits) {
	l := open(3, time.Minute)
	for n := range 3 {
		if wait := l.Blocked("client a from 192.0.2.1", limitsBegin); wait != 0 {
			t.Fatalf("blocked for %s after %d failures", wait, n)
		}
		l.Fail("client a from 192.0.2.1", limitsBegin)
	}
	if wait := l.Blocked("client a from 192.0.2.1", limitsBegin.Add(20*time.Second)); wait != 40*time.Second {
		t.Errorf("got a wait of %s", wait)
	}
	if wait := l.Blocked("client a from 192.0.2.2", limitsBegin); wait != 0 {
		t.Errorf("the same client is blocked from another source for %s", wait)
	}
	if wait := l.Blocked("client a from 192.0.2.1", limitsBegin.Add(time.Minute)); wait != 0 {
		t.Errorf("still blocked for %s when the window is over", wait)
	}
}

func askingCountsNothing(t *testing.T, open OpenLimits) {
	l := open(1, time.Minute)
	for range 100 {
		if wait := l.Blocked("a", limitsBegin); wait != 0 {
			t.Fatalf("blocked for %s", wait)
		}
	}
}

// noWindowAdmitsMore tries at any times, as often as Blocked lets it.
func noWindowAdmitsMore(t *rapid.T, open OpenLimits) {
	most := rapid.IntRange(1, 6).Draw(t, "most")
	window := time.Duration(rapid.IntRange(1, 50).Draw(t, "window")) * time.Second
	l, now := open(most, window), limitsBegin
	var admitted []time.Time
	for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 20_000), 1, 80).Draw(t, "pauses") {
		now = now.Add(time.Duration(pause) * time.Millisecond)
		if l.Blocked("a", now) > 0 {
			continue
		}
		l.Fail("a", now)
		admitted = append(admitted, now)
		recent := slices.DeleteFunc(slices.Clone(admitted), func(at time.Time) bool { return !at.Add(window).After(now) })
		if len(recent) > most {
			t.Fatalf("%d failures within %s, of %d", len(recent), window, most)
		}
	}
}

// waitIsExact waits as long as it is told and then is let in, but not a moment before.
func waitIsExact(t *rapid.T, open OpenLimits) {
	most := rapid.IntRange(1, 6).Draw(t, "most")
	window := time.Duration(rapid.IntRange(1, 50).Draw(t, "window")) * time.Second
	l, now := open(most, window), limitsBegin
	for _, pause := range rapid.SliceOfN(rapid.IntRange(0, 20_000), 1, 80).Draw(t, "pauses") {
		now = now.Add(time.Duration(pause) * time.Millisecond)
		if wait := l.Blocked("a", now); wait > 0 {
			if wait > window {
				t.Fatalf("a wait of %s in a window of %s", wait, window)
			}
			if l.Blocked("a", now.Add(wait-time.Microsecond)) == 0 {
				t.Fatal("let in before the wait was over")
			}
			now = now.Add(wait)
			if left := l.Blocked("a", now); left != 0 {
				t.Fatalf("blocked for another %s after the wait", left)
			}
		}
		l.Fail("a", now)
	}
}

func limitsAreConcurrent(t *testing.T, open OpenLimits) {
	l := open(40, time.Minute)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 5 {
				l.Fail("all", limitsBegin.Add(time.Duration(n+i)*time.Millisecond))
				l.Fail(strconv.Itoa(n*10+i), limitsBegin)
				l.Blocked("all", limitsBegin)
			}
		})
	}
	all.Wait()
	if l.Blocked("all", limitsBegin) == 0 {
		t.Error("a failure was not counted")
	}
}
