package bunstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
)

// oneByOne comes alone for so long that whoever comes next does the work itself.
func oneByOne(t *testing.T, store *bunstore.Store) {
	t.Helper()
	for range 40 {
		id := fresh()
		mustAppend(t, store, beginning(id))
		rows, err := store.Load(t.Context(), []event.Stream{id})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows (%v)", len(rows), err)
		}
	}
}

func TestWhoComesAloneIsAnsweredLikeTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store := open(t)()
		oneByOne(t, store)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, load := store.Load(gone, []event.Stream{fresh()})
		for _, err := range []error{store.Append(gone, beginning(fresh())), load} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("a caller that was gone got %v", err)
			}
		}
		id, beside := fresh(), 0
		c := beginning(id)
		c.Beside = func() { beside++ }
		mustAppend(t, store, c)
		if beside != 1 {
			t.Errorf("what is to be done beside the commit was done %d times", beside)
		}
		all(t, 64, inBackground(64, func(i int) error {
			if i%8 > 0 {
				return store.Append(t.Context(), beginning(fresh()))
			}
			rows, err := store.Load(t.Context(), []event.Stream{id})
			return errors.Join(err, unless(len(rows) == 1, "no row"))
		}))
		head, err := store.Head(t.Context())
		if want := event.Position(40 + 1 + 56); err != nil || head != want {
			t.Errorf("the log is at %d (%v), want %d", head, err, want)
		}
	})
}

func unless(holds bool, complaint string) error {
	if holds {
		return nil
	}
	return errors.New(complaint)
}

func TestAStoreThatServedOneByOneRefusesWhenItIsClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store := open(t)()
		oneByOne(t, store)
		err := store.Close()
		if err != nil {
			t.Errorf("close: %v", err)
		}
		_, load := store.Load(t.Context(), []event.Stream{fresh()})
		for _, err := range []error{store.Append(t.Context(), beginning(fresh())), load} {
			if err == nil {
				t.Error("a closed store served a call")
			}
		}
	})
}

func TestClosingWaitsForWhoCommitsAlone(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	store, other, slow := bunstoretest.PostgresStore(t, dsn, 2), bunstoretest.PostgresStore(t, dsn, 1), session(t, dsn)
	oneByOne(t, store)
	exec(t, slow, "BEGIN")
	exec(t, slow, "SELECT * FROM log_head FOR UPDATE")
	id := fresh()
	alone := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(id)) })
	blocked(t, dsn, 1)
	queued := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	closed := inBackground(1, func(int) error { return store.Close() })
	exec(t, slow, "COMMIT")
	all(t, 1, alone)
	all(t, 1, closed)
	<-queued // it came in time, or was refused
	rows, err := other.Load(t.Context(), []event.Stream{id})
	if err != nil || len(rows) != 1 {
		t.Errorf("what was acknowledged is not there: %d rows (%v)", len(rows), err)
	}
}

func TestWhoCommitsAloneIsAnsweredInTime(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 2), session(t, dsn)
	oneByOne(t, store)
	exec(t, slow, "BEGIN")
	exec(t, slow, "SELECT * FROM log_head FOR UPDATE")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := store.Append(ctx, beginning(fresh()))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller whose time was over got %v", err)
	}
	rest := inBackground(8, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	exec(t, slow, "COMMIT")
	all(t, 8, rest)
}

func TestAPanicBesideACommitKeepsNobodyFromCommitting(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store := open(t)()
		oneByOne(t, store)
		c := beginning(fresh())
		c.Beside = func() { panic("no key") }
		err := func() (err error) {
			defer func() { err = fmt.Errorf("%v", recover()) }()
			return store.Append(t.Context(), c)
		}()
		if err.Error() != "no key" {
			t.Errorf("it ended with %v", err)
		}
		mustAppend(t, store, beginning(fresh()))
	})
}
