package eventsourcing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"writ/adapters/eventsourcing"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

type rowOf = ports.Row

func TestARowOfAnotherShapeIsNotRead(t *testing.T) {
	w := inhabited(t)
	before := grant.Named("g1")
	w.Load(before)
	anotherShape(w)
	after := grant.Named("g1")
	w.Load(after)
	if diff := cmp.Diff(before.View(), after.View(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the history gives another state (-row +history):\n%s", diff)
	}
	if after.Version() != before.Version() {
		t.Errorf("at version %d, want %d", after.Version(), before.Version())
	}
	w.Decide(func() error { after.Revoke(grant.ByAdmin, "", w.Clock.Now()); return nil }, after)
	for _, row := range w.Store.Rows() {
		if row.Stream == after.Stream() && row.Shape != after.State().Shape() {
			t.Error("the next decision did not write a row of its own shape")
		}
	}
}

func TestARowThatCannotBeReadIsAnError(t *testing.T) {
	w := inhabited(t)
	w.Store.Alter(event.Stream{Kind: "grant", ID: "g1"}, func(r *rowOf) { r.Data = []byte("{") })
	if err := w.Ledger.Load(t.Context(), grant.Named("g1")); err == nil {
		t.Error("it was read")
	}
}

func TestAnEventFromTheFutureIsNeverSkipped(t *testing.T) {
	w := inhabited(t)
	s := event.Stream{Kind: "grant", ID: "g1"}
	row := rowOf{Stream: s, Version: 2, Shape: 99}
	err := w.Store.Append(t.Context(), ports.Commit{Appends: []ports.Append{{
		Stream: s, Expected: 1, Row: &row,
		Facts: []event.Fact{{ID: "future", Stream: s, Version: 2, Name: "lent_out", Revision: 1, Data: []byte(`{}`)}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Ledger.Load(t.Context(), grant.Named("g1")); !errors.Is(err, event.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
}

// TestRowsAreWhatTheFactsMakeOfThem lets anything happen and then reads the log instead of the rows.
func TestRowsAreWhatTheFactsMakeOfThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := inhabited(t)
		rt.Repeat(map[string]func(*rapid.T){
			"time passes": func(r *rapid.T) { w.Clock.Pass(time.Duration(rapid.IntRange(0, 1e6).Draw(r, "passed")) * time.Second) },
			"a grant opens": func(*rapid.T) {
				openGrant(w, w.Entropy.ID())
			},
			"a grant ends": func(*rapid.T) {
				g := grant.Named("g1")
				w.Decide(func() error { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()); return nil }, g)
			},
			"an account changes": func(r *rapid.T) {
				a := account.Named("odin")
				p := account.Profile{Handle: "odin", Name: event.Personal(rapid.StringMatching(`[a-z]{0,9}`).Draw(r, "name"))}
				_ = w.Ledger.Decide(t.Context(), func() error { return a.SetProfile(p, w.Clock.Now()) }, a)
			},
			"an account is suspended": func(*rapid.T) {
				a := account.Named("odin")
				_ = w.Ledger.Decide(t.Context(), func() error { return a.Suspend(w.Clock.Now()) }, a)
			},
			"an account is erased": func(r *rapid.T) {
				if rapid.IntRange(0, 9).Draw(r, "chance") == 0 {
					w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
				}
			},
			"somebody signs in": func(*rapid.T) { w.Visitor("odin") },
			"a client rotates": func(r *rapid.T) {
				c := client.Named("app")
				window := time.Duration(rapid.IntRange(0, 9).Draw(r, "window"))
				changed := settings
				changed.ReuseWindow = &window
				w.Decide(func() error { return c.Change(changed, w.Clock.Now()) }, c)
			},
		})
		report, err := eventsourcing.NewAuditor(w.Store, w.Store, w.Store, w.Directory, w.Ledger).Verify(t.Context())
		if err != nil || len(report.Differences) > 0 || report.Facts != len(w.Store.Facts()) {
			rt.Fatalf("the audit says %+v, %v", report, err)
		}
	})
}

func TestAnAuditFindsARowThatIsWrong(t *testing.T) {
	w := inhabited(t)
	w.Store.Alter(event.Stream{Kind: "grant", ID: "g1"}, func(r *rowOf) { r.Data = []byte(`{"scope":"ADMINISTRATOR"}`) })
	report, err := eventsourcing.NewAuditor(w.Store, w.Store, w.Store, w.Directory, w.Ledger).Verify(t.Context())
	if err != nil || len(report.Differences) != 1 || report.Differences[0].Stream != "grant/g1" {
		t.Errorf("the audit says %+v, %v", report, err)
	}
}

func TestTheShelfShowsWhatIsThere(t *testing.T) {
	w := inhabited(t)
	openGrant(w, "g2")
	grants, total, err := w.Directory.Grants(t.Context(), ports.Query{Account: "odin", Live: w.Clock.Now(), Limit: 1})
	if err != nil || total != 2 || len(grants) != 1 || grants[0].ID() != "g2" || grants[0].View().Client != "app" {
		t.Errorf("grants: %d of %d, %v", len(grants), total, err)
	}
	clients, _, err := w.Directory.Clients(t.Context(), ports.Query{})
	if err != nil || len(clients) != 1 || clients[0].ClientID() != oauth.ClientID("app") {
		t.Errorf("clients: %d, %v", len(clients), err)
	}
	keys, err := w.Directory.SigningKeys(t.Context())
	if err != nil || len(keys) != 0 {
		t.Errorf("keys: %d, %v", len(keys), err)
	}
	anotherShape(w)
	again, _, err := w.Directory.Grants(t.Context(), ports.Query{Client: "app"})
	if err != nil || len(again) != 2 || again[0].View().Account != "odin" {
		t.Errorf("grants by their history: %d, %v", len(again), err)
	}
}
