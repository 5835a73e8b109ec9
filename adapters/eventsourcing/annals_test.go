package eventsourcing_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

var morning = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// counted counts what a store is asked.
type counted struct {
	*ledgertest.Store

	loads int
}

func (c *counted) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	c.loads++
	return c.Store.Load(ctx, streams)
}

// opens opens a grant of somebody for an app, and revokes it.
func opens(t *testing.T, l ports.Ledger, id string, app oauth.ClientID, who oauth.AccountID) {
	t.Helper()
	g := grant.Named(id)
	err := l.Decide(t.Context(), func() error {
		err := g.Open(grant.Opening{Client: app, Account: who, Scope: "openid", JTI: "j", Lifetimes: oauth.Lifetimes{Access: time.Minute}, At: morning})
		g.Revoke(grant.ByOwner, string(who), morning)
		return err
	}, g)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPartiesKnowWhomStreamsConcern(t *testing.T) {
	store := &counted{Store: ledgertest.NewStore()}
	l := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
	opens(t, l, "g1", "c1", "a1")
	opens(t, l, "g2", "c2", "a2")
	facts := store.Facts()
	want := map[event.Stream]ports.Party{
		{Kind: "grant", ID: "g1"}: {Client: "c1", Account: "a1"},
		{Kind: "grant", ID: "g2"}: {Client: "c2", Account: "a2"},
	}
	store.loads = 0
	for name, tc := range map[string]struct {
		facts []event.Fact
		loads int
	}{
		"the facts that began them say so":      {facts, 0},
		"later ones take one look at the store": {[]event.Fact{facts[1], facts[3]}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			store.loads = 0
			p := eventsourcing.NewParties(store)
			for range 2 { // the second time from memory
				got, err := p.Of(t.Context(), tc.facts)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("parties (-want +got):\n%s", diff)
				}
			}
			if store.loads != tc.loads {
				t.Errorf("%d looks at the store, want %d", store.loads, tc.loads)
			}
		})
	}
}

func TestAnOutageIsNotNobody(t *testing.T) {
	store, away := ledgertest.NewStore(), errors.New("the store is away")
	l := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
	opens(t, l, "g1", "c1", "a1")
	facts := store.Facts()
	store.Fail(away)
	p := eventsourcing.NewParties(store)
	if _, err := p.Of(t.Context(), facts[1:]); !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
}

func TestAnnalsTellWhatHappenedAndNothingPersonal(t *testing.T) {
	store := ledgertest.NewStore()
	l := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
	a := account.Named("a1")
	err := l.Decide(t.Context(), func() error {
		return a.Open(account.Opening{Profile: account.Profile{Handle: "odin", Name: "Odin"}, Password: "a hash", Permissions: "CREATE_POST", At: morning})
	}, a)
	if err != nil {
		t.Fatal(err)
	}
	opens(t, l, "g1", "c1", "a1")
	annals := eventsourcing.NewAnnals(eventsourcing.NewParties(store))
	records, err := annals.Tell(t.Context(), store.Facts())
	if err != nil {
		t.Fatal(err)
	}
	told, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"odin", "Odin", "a hash"} {
		if strings.Contains(string(told), hidden) {
			t.Errorf("it tells %q: %s", hidden, told)
		}
	}
	last := records[len(records)-1]
	want := ports.Record{
		Position: last.Position, ID: last.ID, Stream: event.Stream{Kind: "grant", ID: "g1"}, Version: 2, Name: "revoked", At: morning,
		Party: ports.Party{Client: "c1", Account: "a1"}, Says: map[string]any{"reason": grant.ByOwner, "by": "a1"},
	}
	if diff := cmp.Diff(want, last); diff != "" || last.ID == "" || last.Position == 0 {
		t.Errorf("the last fact (-want +got):\n%s", diff)
	}
}

func TestAnnalsDoNotGuess(t *testing.T) {
	annals := eventsourcing.NewAnnals(eventsourcing.NewParties(ledgertest.NewStore()))
	for _, f := range []event.Fact{
		{Stream: event.Stream{Kind: "flight", ID: "1"}, Name: "flown", Version: 1, Revision: 1, Data: []byte("{}")},
		{Stream: event.Stream{Kind: "account", ID: "1"}, Name: "suspended", Version: 1, Revision: 99, Data: []byte("{}")},
	} {
		if _, err := annals.Tell(t.Context(), []event.Fact{f}); !errors.Is(err, event.ErrUnknown) {
			t.Errorf("%s.%s: %v", f.Stream.Kind, f.Name, err)
		}
	}
}
