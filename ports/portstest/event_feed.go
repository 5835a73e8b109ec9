package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// EventLog is a log that can be written and read in order.
type EventLog interface {
	ports.EventStore
	ports.EventFeed
}

// EventFeed is the contract of ports.EventFeed. Each case gets a fresh log from open, as two
// processes see it.
func EventFeed(t *testing.T, open func(t *testing.T) (here, there EventLog)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, here, there EventLog)
	}{
		{"facts are read after a position, in order and up to a limit", readsInOrder},
		{"the head is the last position, and 0 of an empty log", headMoves},
		{"a reader never sees a lower position appear later", neverSkips},
		{"waiting for what is there returns at once", waitsForNothing},
		{"waiting ends with a commit of this process", wakesHere},
		{"waiting ends with a commit of another process", wakesFromThere},
		{"waiting for a later position goes on", waitsOn},
		{"waiting ends with its ctx", waitsWithContext},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			here, there := open(t)
			c.test(t, here, there)
		})
	}
}

func readsInOrder(t *testing.T, here, there EventLog) {
	a, b := moving(stream("grant"), 0, 3), moving(stream("grant"), 0, 2)
	mustAppend(t, here, one(a))
	mustAppend(t, there, one(b))
	want := append(a.Facts, b.Facts...)
	for i := range want {
		want[i].Position = event.Position(i + 1)
	}
	for _, c := range []struct {
		after    event.Position
		limit    int
		from, to int
	}{{0, 10, 0, 5}, {0, 2, 0, 2}, {2, 2, 2, 4}, {4, 10, 4, 5}, {5, 10, 5, 5}, {99, 1, 5, 5}} {
		got, err := here.Read(t.Context(), c.after, c.limit)
		if err != nil {
			t.Fatalf("read after %d: %v", c.after, err)
		}
		same(t, "facts", got, want[c.from:c.to])
	}
}

func headMoves(t *testing.T, here, there EventLog) {
	for n := range event.Position(3) {
		for _, log := range []EventLog{here, there} {
			head, err := log.Head(t.Context())
			if err != nil || head != 2*n {
				t.Errorf("the head is %d (%v), want %d", head, err, 2*n)
			}
		}
		mustAppend(t, here, one(moving(stream("grant"), 0, 2)))
	}
}

// neverSkips lets two processes write while a reader follows and remembers only its last position.
func neverSkips(t *testing.T, here, there EventLog) {
	const each = 24
	written := make(chan []error, 1)
	go func() {
		written <- together(contest, func(i int) error {
			log := []EventLog{here, there}[i%2]
			for range each {
				err := log.Append(t.Context(), one(moving(stream("grant"), 0, 1+i%3)))
				if err != nil {
					return err
				}
			}
			return nil
		})
	}()
	var last, total event.Position
	for i := range contest {
		total += event.Position(each * (1 + i%3))
	}
	for ctx := soon(t); last < total; {
		err := here.Wait(ctx, last)
		if err != nil {
			t.Fatalf("wait after %d of %d: %v", last, total, err)
		}
		read, err := here.Read(ctx, last, 7)
		if err != nil {
			t.Fatalf("read after %d: %v", last, err)
		}
		for _, f := range read {
			if f.Position != last+1 {
				t.Fatalf("position %d came after %d", f.Position, last)
			}
			last = f.Position
		}
	}
	if errs := <-written; count(errs, nil) != contest {
		t.Error(errs)
	}
}

func waitsForNothing(t *testing.T, here, there EventLog) {
	mustAppend(t, there, one(moving(stream("grant"), 0, 2)))
	for after := range event.Position(2) {
		err := here.Wait(soon(t), after)
		if err != nil {
			t.Errorf("wait after %d: %v", after, err)
		}
	}
}

func wakesHere(t *testing.T, here, _ EventLog) { wakes(t, here, here) }

func wakesFromThere(t *testing.T, here, there EventLog) { wakes(t, here, there) }

// wakes has one log wait for what the other commits, several times over.
func wakes(t *testing.T, waiting, writing EventLog) {
	t.Helper()
	ctx := soon(t)
	for n := range event.Position(20) {
		woken := make(chan error, 1)
		go func() { woken <- waiting.Wait(ctx, n) }()
		mustAppend(t, writing, one(moving(stream("grant"), 0, 1)))
		err := <-woken
		if err != nil {
			t.Fatalf("wait after %d: %v", n, err)
		}
		read, err := waiting.Read(ctx, n, 10)
		if err != nil || len(read) != 1 {
			t.Fatalf("woken after %d, but read %d facts (%v)", n, len(read), err)
		}
	}
}

func waitsOn(t *testing.T, here, there EventLog) {
	woken := make(chan error, 1)
	ctx := soon(t)
	go func() { woken <- here.Wait(ctx, 3) }()
	for range 3 {
		mustAppend(t, there, one(moving(stream("grant"), 0, 1)))
		err := here.Wait(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-woken:
		t.Fatalf("waiting after 3 ended (%v) with 3 facts", err)
	default:
	}
	mustAppend(t, there, one(moving(stream("grant"), 0, 1)))
	err := <-woken
	if err != nil {
		t.Error(err)
	}
}

func waitsWithContext(t *testing.T, here, _ EventLog) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := here.Wait(ctx, 0)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("wait gave %v, want %v", err, context.DeadlineExceeded)
	}
}
