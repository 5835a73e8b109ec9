package eventsourcing_test

import (
	"encoding/json"
	"testing"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/token"
)

// still is a ledger over a store that stands where an inhabited world does.
func still(t testing.TB) (*eventsourcing.Ledger, *ledgertest.World) {
	t.Helper()
	w := ledgertest.New(t)
	w.Account("odin", "A B")
	w.Client("app", "odin", settings)
	openGrant(w, "g1")
	return eventsourcing.NewLedger(ledgertest.NewStill(w.Store).Eraless(), w.Keeper, w.Entropy), w
}

// decisions are those whose cost above the store is known: one on what is remembered, one that reads
// and writes a state beside what is remembered, and a look at what is remembered.
func decisions(t testing.TB) map[string]func() error {
	t.Helper()
	l, w := still(t)
	reader, _ := still(t)
	return map[string]func() error{
		"issue": func() error {
			c, owner, i := client.Named("app"), account.Named(""), token.Unissued("j")
			return l.Decide(t.Context(), func() error {
				i.Issue(token.Issued{Client: c.ClientID(), Scope: owner.Permissions(), ExpiresAt: ledgertest.Noon}, ledgertest.Noon)
				return nil
			}, c, owner, i)
		},
		"revoke": func() error {
			g, c, a := grant.Named("g1"), client.Named("app"), account.Named("")
			return l.Decide(t.Context(), func() error { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()); return nil }, g, c, a)
		},
		"load": func() error {
			return reader.Load(t.Context(), grant.Named("g1"), client.Named(""), account.Named(""))
		},
	}
}

func BenchmarkLedger(b *testing.B) {
	for name, decide := range decisions(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := decide(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// budgets are how many allocations the decisions may make, the store's own left out.
var budgets = map[string]float64{"issue": 12, "revoke": 21, "load": 7}

func TestDecisionsKeepTheirBudget(t *testing.T) {
	for name, decide := range decisions(t) {
		if spent := testing.AllocsPerRun(100, func() { _ = decide() }); spent > budgets[name] {
			t.Errorf("%s: %v allocations, want at most %v", name, spent, budgets[name])
		}
	}
}

// BenchmarkReadGrant compares reading a grant's row as a ledger does with what its tags cost.
func BenchmarkReadGrant(b *testing.B) {
	_, w := still(b)
	b.Run("ledger", func(b *testing.B) {
		l := eventsourcing.NewLedger(ledgertest.NewStill(w.Store), w.Keeper, w.Entropy)
		b.ReportAllocs()
		for b.Loop() {
			if err := l.Load(b.Context(), grant.Named("g1")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		rows, err := w.Store.Load(b.Context(), []event.Stream{{Kind: grant.Kind, ID: "g1"}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, r := range rows {
				if r.Stream.Kind == grant.Kind && json.Unmarshal(r.Data, &grant.State{}) != nil {
					b.Fatal("unreadable")
				}
			}
		}
	})
}

// BenchmarkWriteRefreshed shows a whole decision that records a refresh beside what the tags cost
// alone.
func BenchmarkWriteRefreshed(b *testing.B) {
	e := grant.Refreshed{
		Generation: 3, Salt: make([]byte, 16), Refresh: "wGmeOVeXf2ZN0lxnWQ2mmZ6GOgTJX5-hSO5cnq4hXWc", Scope: "openid offline_access A",
		JTI: "c0ffee0000000000000g", AccessUntil: ledgertest.Noon, IdleUntil: ledgertest.Noon,
	}
	b.Run("whole decision", func(b *testing.B) {
		l, _ := still(b)
		b.ReportAllocs()
		for b.Loop() {
			a := &telling{Root: event.Unborn(grant.Kind, "x"), catalogue: grant.Catalogue}
			err := l.Decide(b.Context(), func() error { a.Record(e, ledgertest.Noon); return nil }, a)
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
