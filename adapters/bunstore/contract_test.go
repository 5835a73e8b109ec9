package bunstore_test

import (
	"path/filepath"
	"testing"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/ports"
	"writ/ports/portstest"
)

func TestEventStore(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.EventStore(t, func(t *testing.T) ports.EventStore { return open(t)() })
	})
}

func TestEventStoreReplicas(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.EventStoreReplicas(t, func(t *testing.T) (here, there ports.EventStore) {
			process := open(t)
			return process(), process()
		})
	})
}

func TestEventFeed(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.EventFeed(t, func(t *testing.T) (here, there portstest.EventLog) {
			process := open(t)
			return process(), process()
		})
	})
}

func TestDirectory(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Directory(t, func(t *testing.T) portstest.SearchableStore { return open(t)() })
	})
}

func TestPurger(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Purger(t, func(t *testing.T) portstest.PurgeableStore { return open(t)() })
	})
}

func TestInteractions(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Interactions(t, func(t *testing.T) ports.Interactions { return open(t)() })
	})
}

func TestPolls(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Polls(t, func(t *testing.T) portstest.PollingStore { return open(t)() })
	})
}

func TestChallenges(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Challenges(t, func(t *testing.T) (here, there ports.Challenges) {
			process := open(t)
			return process(), process()
		})
	})
}

func TestQuotas(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Quotas(t, func(t *testing.T) (here, there ports.Quotas) {
			process := open(t)
			return process(), process()
		})
	})
}

func TestStamps(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Stamps(t, func(t *testing.T) (ports.Stamps, func() ports.Stamps) {
			process := open(t)
			first := process()
			return first, func() ports.Stamps {
				err := first.Close()
				if err != nil {
					t.Fatal(err)
				}
				return process()
			}
		})
	})
}

func TestCheckpoints(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Checkpoints(t, func(t *testing.T) ports.Checkpoints { return open(t)() })
	})
}

// Only on PostgreSQL several processes can want to lead.
func TestLeadership(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		portstest.Leadership(t, func(t *testing.T) (here, there ports.Leadership) {
			s := sqliteProcesses(t)()
			return s, s
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		portstest.Leadership(t, func(t *testing.T) (here, there ports.Leadership) {
			process := postgresProcesses(t)
			return process(), process()
		})
	})
}

// opener makes a fresh database, and gives a function that opens it as another process would.
type opener func(t *testing.T) func() *bunstore.Store

func onBoth(t *testing.T, test func(t *testing.T, open opener)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteProcesses) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgresProcesses) })
}

func sqliteProcesses(t *testing.T) func() *bunstore.Store {
	path := filepath.Join(t.TempDir(), "writ.db")
	return func() *bunstore.Store { return bunstoretest.SQLiteAt(t, path) }
}

func postgresProcesses(t *testing.T) func() *bunstore.Store {
	dsn := bunstoretest.Postgres(t)
	return func() *bunstore.Store { return bunstoretest.PostgresStore(t, dsn, 4) }
}

// TestBehindAPooler does what prepares a statement elsewhere, where no statement can be prepared.
func TestBehindAPooler(t *testing.T) {
	open := func(t *testing.T) *bunstore.Store {
		dsn := bunstoretest.Postgres(t)
		store, err := bunstore.OpenPostgres(dsn, dsn, 4, quiet)
		if err != nil {
			t.Fatalf("open PostgreSQL: %v", err)
		}
		store.Start(t.Context())
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	t.Run("EventStore", func(t *testing.T) {
		portstest.EventStore(t, func(t *testing.T) ports.EventStore { return open(t) })
	})
	t.Run("Polls", func(t *testing.T) {
		portstest.Polls(t, func(t *testing.T) portstest.PollingStore { return open(t) })
	})
}

func TestBelongings(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Belongings(t, func(t *testing.T) portstest.OwnedStore { return open(t)() })
	})
}

func TestDraft(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Draft(t, func(t *testing.T) portstest.DraftStore { return open(t)() })
	})
}

func TestRewriter(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		portstest.Rewriter(t, func(t *testing.T) portstest.RewritableStore { return open(t)() })
	})
}
