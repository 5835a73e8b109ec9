package eventsourcing_test

import (
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/ports/portstest"
)

// overseer is a ledger with its oversight.
type overseer struct {
	*eventsourcing.Ledger
	*eventsourcing.Oversight
}

func TestOversight(t *testing.T) {
	for name, open := range map[string]func(*testing.T) searchable{
		"in memory": func(*testing.T) searchable { return ledgertest.NewStore() },
		"SQLite":    func(t *testing.T) searchable { return bunstoretest.SQLite(t) },
		"PostgreSQL": func(t *testing.T) searchable {
			return bunstoretest.PostgresStore(t, bunstoretest.Postgres(t), 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			portstest.Oversight(t, func(t *testing.T) portstest.Overseer {
				store := open(t)
				ledger := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
				return overseer{ledger, eventsourcing.NewOversight(store, ledger)}
			})
		})
	}
}
