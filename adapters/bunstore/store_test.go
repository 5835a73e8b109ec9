package bunstore_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

func TestSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store := open(t)()
		_, err := store.Setting(t.Context(), "broker")
		if !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("a setting that was never settled gave %v", err)
		}
		settled := make(chan string, 8)
		all(t, 8, inBackground(8, func(i int) error {
			stands, err := store.Settle(t.Context(), "broker", fmt.Sprint("broker ", i))
			settled <- stands
			return err
		}))
		stands, err := store.Setting(t.Context(), "broker")
		for range 8 {
			if got := <-settled; err != nil || got != stands {
				t.Errorf("one process settled %q, another %q (%v)", got, stands, err)
			}
		}
	})
}

func TestMigrateOnceWhoeverTries(t *testing.T) {
	req.Covers(t, "R-257")
	for name, open := range map[string]func(t *testing.T) func() (*bunstore.Store, error){
		"SQLite": func(t *testing.T) func() (*bunstore.Store, error) {
			path := t.TempDir() + "/writ.db"
			return func() (*bunstore.Store, error) { return bunstore.OpenSQLite(path, quiet) }
		},
		"PostgreSQL": func(t *testing.T) func() (*bunstore.Store, error) {
			dsn := bunstoretest.EmptyPostgres(t)
			return func() (*bunstore.Store, error) { return bunstore.OpenPostgres(dsn, "", 2, quiet) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			process := open(t)
			all(t, 4, inBackground(4, func(int) error {
				store, err := process()
				if err != nil {
					return err
				}
				migrated := errors.Join(store.Migrate(t.Context()), store.Migrate(t.Context()))
				_, err = store.Head(t.Context())
				return errors.Join(migrated, err, store.Close())
			}))
		})
	}
}

var quiet = slog.New(slog.DiscardHandler)

func TestAClosedStoreRefusesAndLeavesNothingBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		process := open(t)
		before := goleak.IgnoreCurrent()
		store := process()
		waiting := inBackground(1, func(int) error { return store.Wait(t.Context(), 1) })
		store.Touch(event.Stream{Kind: "grant", ID: "1"}, time.UnixMicro(1))
		all(t, 16, inBackground(16, func(int) error { return store.Append(t.Context(), beginning(fresh())) }))
		err := store.Close()
		if err != nil {
			t.Errorf("close: %v", err)
		}
		<-waiting
		_, load := store.Load(t.Context(), []event.Stream{fresh()})
		for _, err := range []error{store.Append(t.Context(), beginning(fresh())), load, store.Wait(t.Context(), 99)} {
			if err == nil {
				t.Error("a closed store served a call")
			}
		}
		goleak.VerifyNone(t, before)
	})
}

func TestAStoreThatWasNotStartedRefuses(t *testing.T) {
	store, err := bunstore.OpenSQLite(t.TempDir()+"/writ.db", quiet)
	if err != nil {
		t.Fatal(err)
	}
	_, load := store.Load(t.Context(), []event.Stream{fresh()})
	for _, err := range []error{store.Append(t.Context(), beginning(fresh())), load, store.Wait(t.Context(), 0)} {
		if err == nil {
			t.Error("a store that was not started served a call")
		}
	}
	err = store.Close()
	if err != nil {
		t.Errorf("close: %v", err)
	}
}
