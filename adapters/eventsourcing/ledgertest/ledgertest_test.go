package ledgertest_test

import (
	"testing"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/ports"
	"writ/ports/portstest"
)

func TestStore(t *testing.T) {
	portstest.EventStore(t, func(*testing.T) ports.EventStore { return ledgertest.NewStore() })
	portstest.Belongings(t, func(*testing.T) portstest.OwnedStore { return ledgertest.NewStore() })
	portstest.Directory(t, func(*testing.T) portstest.SearchableStore { return ledgertest.NewStore() })
}

func TestNotes(t *testing.T) {
	portstest.Interactions(t, func(*testing.T) ports.Interactions { return ledgertest.NewNotes(ledgertest.NewStore()) })
	portstest.Polls(t, func(*testing.T) portstest.PollingStore {
		store := ledgertest.NewStore()
		return struct {
			*ledgertest.Store
			*ledgertest.Notes
		}{store, ledgertest.NewNotes(store)}
	})
	portstest.Stamps(t, func(*testing.T) (ports.Stamps, func() ports.Stamps) {
		n := ledgertest.NewNotes(ledgertest.NewStore())
		return n, func() ports.Stamps { return n }
	})
}

func TestProofs(t *testing.T) {
	portstest.Challenges(t, func(*testing.T) (here, there ports.Challenges) {
		p := ledgertest.NewProofs(ledgertest.NewStore())
		return p, p
	})
	portstest.Quotas(t, func(*testing.T) (here, there ports.Quotas) {
		p := ledgertest.NewProofs(ledgertest.NewStore())
		return p, p
	})
}

func TestKeeper(t *testing.T) {
	portstest.Vault(t, func(_ *testing.T, masterKeys ...[32]byte) portstest.Keeper {
		var masters []string
		for _, k := range masterKeys {
			masters = append(masters, string(k[:]))
		}
		return ledgertest.NewKeeper(masters...)
	})
}
