package bunstore_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest"
)

// few is how many events a part of the log holds in these tests.
const few = 3

func manyParts(t *testing.T) func() *bunstore.Store {
	dsn := bunstoretest.PostgresInParts(t, few)
	return func() *bunstore.Store { return bunstoretest.PostgresStore(t, dsn, 4) }
}

// TestTheLogInManyParts holds a log of many parts to the contracts of a log.
func TestTheLogInManyParts(t *testing.T) {
	t.Run("EventStore", func(t *testing.T) {
		portstest.EventStore(t, func(t *testing.T) ports.EventStore { return manyParts(t)() })
	})
	t.Run("EventStoreReplicas", func(t *testing.T) {
		portstest.EventStoreReplicas(t, func(t *testing.T) (here, there ports.EventStore) {
			process := manyParts(t)
			return process(), process()
		})
	})
	t.Run("EventFeed", func(t *testing.T) {
		portstest.EventFeed(t, func(t *testing.T) (here, there portstest.EventLog) {
			process := manyParts(t)
			return process(), process()
		})
	})
	t.Run("Purger", func(t *testing.T) {
		portstest.Purger(t, func(t *testing.T) portstest.PurgeableStore { return manyParts(t)() })
	})
}

// partsOf are the parts of a log with their bounds, in the order of their names' numbers.
func partsOf(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid)
		FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass
		ORDER BY substring(c.relname FROM '\d+')::bigint`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAPartOfTheLogBeginsWhereTheOneBeforeEnds(t *testing.T) {
	dsn := bunstoretest.PostgresInParts(t, few)
	store, conn := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	for range few + 1 {
		if err := store.Append(t.Context(), beginning(fresh())); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"events_from_1 FOR VALUES FROM ('1') TO ('4')", "events_from_4 FOR VALUES FROM ('4') TO ('7')"}
	if diff := cmp.Diff(want, partsOf(t, conn)); diff != "" {
		t.Errorf("the parts (-want +got):\n%s", diff)
	}
}

// TestFewPartsHoldALongLog: a part grows with the log.
func TestFewPartsHoldALongLog(t *testing.T) {
	dsn := bunstoretest.PostgresInParts(t, few)
	conn := session(t, dsn)
	exec(t, conn, "UPDATE log_head SET position = 6400, room = 6400")
	want := []string{"events_from_1 FOR VALUES FROM ('1') TO ('4')", "events_from_6401 FOR VALUES FROM ('6401') TO ('6601')"}
	if diff := cmp.Diff(want, partsOf(t, conn)); diff != "" {
		t.Errorf("the parts (-want +got):\n%s", diff)
	}
}

// unmigrated is a started store on the tables that are there.
func unmigrated(t *testing.T, dsn string) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenPostgres(dsn, "", 4, quiet)
	if err != nil {
		t.Fatal(err)
	}
	store.Start(t.Context())
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// TestALogBecomesTheFirstPart migrates a log as the version before kept it.
func TestALogBecomesTheFirstPart(t *testing.T) {
	const before, head = 21, 5_000_000
	for name, tc := range map[string]struct {
		head event.Position
		want []string
	}{
		"a short log goes on in its table": {0, []string{"events_from_1 FOR VALUES FROM ('1') TO ('1048577')"}},
		"a long log goes on in another": {head, []string{
			"events_from_1 FOR VALUES FROM ('1') TO ('5000003')", "events_from_5000003 FOR VALUES FROM ('5000003') TO ('6048579')",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := bunstoretest.EmptyPostgres(t)
			if err := bunstore.MigratePostgresTo(t.Context(), dsn, before); err != nil {
				t.Fatal(err)
			}
			store, conn := unmigrated(t, dsn), session(t, dsn)
			if tc.head > 0 {
				exec(t, conn, "UPDATE log_head SET position = 5000000")
			}
			older, younger := fresh(), fresh()
			for _, stream := range []event.Stream{older, younger} {
				if err := store.Append(t.Context(), beginning(stream)); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, partsOf(t, conn)); diff != "" {
				t.Errorf("the parts (-want +got):\n%s", diff)
			}
			if err := store.Append(t.Context(), beginning(older)); !errors.Is(err, ports.ErrConflict) {
				t.Errorf("a stream of the log before was begun again: %v", err)
			}
			if err := store.Append(t.Context(), beginning(fresh())); err != nil {
				t.Error(err)
			}
			facts, err := store.Read(t.Context(), tc.head, 10)
			if err != nil || len(facts) != 3 || facts[0].Stream != older || facts[2].Position != tc.head+3 {
				t.Errorf("read %v (%v)", facts, err)
			}
		})
	}
}
