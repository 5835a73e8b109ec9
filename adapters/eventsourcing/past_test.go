package eventsourcing_test

import (
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/ports"
	"writ/ports/portstest"
)

func TestPast(t *testing.T) {
	for name, open := range map[string]func(*testing.T) ports.EventStore{
		"in memory": func(*testing.T) ports.EventStore { return ledgertest.NewStore() },
		"SQLite":    func(t *testing.T) ports.EventStore { return bunstoretest.SQLite(t) },
	} {
		t.Run(name, func(t *testing.T) {
			portstest.Past(t, func(t *testing.T) portstest.Remembered {
				ledger := eventsourcing.NewLedger(open(t), ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
				return portstest.Remembered{Ledger: ledger, Past: eventsourcing.NewPast(ledger)}
			})
		})
	}
}
