package eventsourcing_test

import (
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/ports"
	"writ/ports/portstest"
)

// searchable is a store whose rows can be listed.
type searchable interface {
	ports.EventStore
	ports.Directory
}

func TestChronicle(t *testing.T) {
	for name, open := range map[string]func(*testing.T) searchable{
		"in memory": func(*testing.T) searchable { return ledgertest.NewStore() },
		"SQLite":    func(t *testing.T) searchable { return bunstoretest.SQLite(t) },
	} {
		t.Run(name, func(t *testing.T) {
			portstest.Chronicle(t, func(t *testing.T) portstest.Recorder {
				store := open(t)
				ledger := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
				return portstest.Recorder{Ledger: ledger, Chronicle: eventsourcing.NewChronicle(store, ledger)}
			})
		})
	}
}
