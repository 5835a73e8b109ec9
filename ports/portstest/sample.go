package portstest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writ/domain/event"
	"writ/ports"
)

// noon is when everything in the suites happens.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)

// contest is how many take part where concurrency is tested.
const contest = 16

func stream(kind string) event.Stream { return event.Stream{Kind: kind, ID: rand.Text()} }

func uniqueKey(kind string) ports.UniqueKey {
	return ports.UniqueKey{Kind: kind, Digest: []byte(rand.Text())}
}

// facts are n facts of a stream after a version.
func facts(s event.Stream, after event.Version, n int) []event.Fact {
	all := make([]event.Fact, n)
	for i := range all {
		v := after + event.Version(i+1)
		all[i] = event.Fact{
			ID: rand.Text(), Stream: s, Version: v, Name: "happened", Revision: 2,
			At: noon.Add(time.Duration(v) * time.Microsecond), Cause: "message", Data: []byte(fmt.Sprintf("it's ? \\ %d", v)),
		}
	}
	return all
}

// moving appends n facts to a stream, and the state row that follows from them.
func moving(s event.Stream, expected event.Version, n int) ports.Append {
	head := expected + event.Version(n)
	return ports.Append{
		Stream: s, Expected: expected, Facts: facts(s, expected, n),
		Row: &ports.Row{Stream: s, Version: head, Shape: 3, Data: []byte(fmt.Sprintf("state %d", head))},
	}
}

func one(a ports.Append) ports.Commit { return ports.Commit{Appends: []ports.Append{a}} }

// owned gives an append's row an account and a client.
func owned(a ports.Append, account, client string) ports.Append {
	a.Row.Account, a.Row.Client = account, client
	return a
}

func mustAppend(t *testing.T, s ports.EventStore, c ports.Commit) {
	t.Helper()
	err := s.Append(t.Context(), c)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
}

// refused appends and wants the error want, or a *TakenError when want is one.
func refused(t *testing.T, s ports.EventStore, c ports.Commit, want error) {
	t.Helper()
	err := s.Append(t.Context(), c)
	var wantTaken, taken *ports.TakenError
	if errors.As(want, &wantTaken) {
		if !errors.As(err, &taken) || taken.Kind != wantTaken.Kind {
			t.Fatalf("append gave %v, want that the %s is taken", err, wantTaken.Kind)
		}
		return
	}
	if !errors.Is(err, want) {
		t.Fatalf("append gave %v, want %v", err, want)
	}
}

// loaded gives the rows that Load brings, by stream.
func loaded(t *testing.T, s ports.EventStore, streams ...event.Stream) map[event.Stream]ports.Row {
	t.Helper()
	rows, err := s.Load(t.Context(), streams)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	by := map[event.Stream]ports.Row{}
	for _, r := range rows {
		if _, twice := by[r.Stream]; twice {
			t.Errorf("load brought %s twice", r.Stream)
		}
		r.Era = 0 // of which a case of its own says more
		by[r.Stream] = r
	}
	return by
}

// versions gives the versions of the rows that Load brings.
func versions(t *testing.T, s ports.EventStore, streams ...event.Stream) map[event.Stream]event.Version {
	t.Helper()
	by := map[event.Stream]event.Version{}
	for stream, row := range loaded(t, s, streams...) {
		by[stream] = row.Version
	}
	return by
}

func history(t *testing.T, s ports.EventStore, of event.Stream, after event.Version) []event.Fact {
	t.Helper()
	var all []event.Fact
	for f, err := range s.History(t.Context(), of, after) {
		if err != nil {
			t.Fatalf("history of %s: %v", of, err)
		}
		all = append(all, f)
	}
	return all
}

// same compares what was kept with what was given. A payload that is empty may come back as nil.
func same(t *testing.T, what string, got, want any, options ...cmp.Option) {
	t.Helper()
	diff := cmp.Diff(want, got, append(options, cmpopts.EquateEmpty())...)
	if diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// withoutPositions compares facts before and after they were committed.
var withoutPositions = cmpopts.IgnoreFields(event.Fact{}, "Position")

// together runs n functions at once and gives their errors.
func together(n int, do func(i int) error) []error {
	errs, start, done := make([]error, n), make(chan struct{}), make(chan struct{})
	for i := range n {
		go func() {
			<-start
			errs[i] = do(i)
			done <- struct{}{}
		}()
	}
	close(start)
	for range n {
		<-done
	}
	return errs
}

func count(errs []error, is error) (n int) {
	for _, err := range errs {
		if errors.Is(err, is) { // nil is nil
			n++
		}
	}
	return n
}

// soon bounds what must happen without being waited for in vain.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
