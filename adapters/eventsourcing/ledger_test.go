package eventsourcing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
	"writ/ports/portstest/req"
)

var errRefused = errors.New("refused by the decision")

// settings are those of a client that may do nothing special.
var settings = client.Settings{
	Name: "App", AuthMethod: oauth.AuthNone, Policy: oauth.Explicit, RequirePKCE: true, Allowed: "openid offline_access",
	Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant}, RedirectURIs: []oauth.RedirectURI{"https://app.example/cb"},
}

// inhabited is a world with an account, a client of its own and a grant.
func inhabited(t *testing.T) *ledgertest.World {
	w := ledgertest.New(t)
	w.Account("odin", "A B")
	w.Client("app", "odin", settings)
	openGrant(w, "g1")
	return w
}

func openGrant(w *ledgertest.World, id string) {
	g := grant.Named(id)
	w.Decide(func() error {
		return g.Open(grant.Opening{
			Client: "app", Account: "odin", Scope: "openid", JTI: "j", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
		})
	}, g)
}

func TestADecisionIsMadeAgainOnFreshState(t *testing.T) {
	w := inhabited(t)
	w.Store.BeforeNextAppend(func() {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("C", w.Clock.Now()) })
	})
	a, seen := account.Named("odin"), []oauth.Scope{}
	w.Decide(func() error {
		seen = append(seen, a.Permissions())
		return a.Suspend(w.Clock.Now())
	}, a)
	if diff := cmp.Diff([]oauth.Scope{"A B", "C"}, seen); diff != "" {
		t.Errorf("what the decision saw (-want +got):\n%s", diff)
	}
	want := []string{"opened", "profile_changed", "password_changed", "permissions_changed", "suspended"}
	if diff := cmp.Diff(want, w.Names("account")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestADecisionRestsOnWhatItOnlyRead(t *testing.T) {
	req.Covers(t, "R-094", "R-116")
	w := inhabited(t)
	w.Store.BeforeNextAppend(func() {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	})
	g, a := grant.Named("g1"), account.Named("")
	err := w.Ledger.Decide(t.Context(), func() error {
		if err := a.Served(); err != nil {
			return err
		}
		g.Revoke(grant.ByAdmin, "", w.Clock.Now())
		return nil
	}, g, a)
	if !errors.Is(err, account.ErrNotServed) {
		t.Errorf("got %v, want the refusal of the second look", err)
	}
	if diff := cmp.Diff([]string{"opened"}, w.Names("grant")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestARefusalMayBeAFact(t *testing.T) {
	w := inhabited(t)
	g := grant.Named("g1")
	err := w.Ledger.Decide(t.Context(), func() error {
		g.Revoke(grant.ByTokenReuse, "", w.Clock.Now())
		return errRefused
	}, g)
	if err != errRefused {
		t.Errorf("got %v, want the decision's own error", err)
	}
	again := grant.Named("g1")
	w.Load(again)
	if !again.Compromised() {
		t.Error("what was recorded was not kept")
	}
}

func TestWhereNothingIsRecordedNothingIsWritten(t *testing.T) {
	w := inhabited(t)
	before := len(w.Store.Facts())
	w.Store.BeforeNextAppend(func() { t.Error("something was appended") })
	a := account.Named("odin")
	if err := w.Ledger.Decide(t.Context(), func() error { return errRefused }, a); err != errRefused {
		t.Errorf("got %v", err)
	}
	w.Decide(func() error { return nil }, a, grant.Named("g1"))
	if after := len(w.Store.Facts()); after != before {
		t.Errorf("the log grew from %d to %d facts", before, after)
	}
}

func TestWhatIsDoneBesideACommit(t *testing.T) {
	for name, tc := range map[string]struct {
		decide func(*account.Account, time.Time) error
		err    error
		want   int
	}{
		"of a decision":                         {(*account.Account).Suspend, nil, 1},
		"of a decision to do nothing":           {(*account.Account).Reinstate, nil, 1},
		"of a refusal":                          {func(*account.Account, time.Time) error { return errRefused }, errRefused, 0},
		"of a refusal that is a fact all alone": {func(a *account.Account, at time.Time) error { return errors.Join(a.Suspend(at), errRefused) }, errRefused, 0},
	} {
		w, done := inhabited(t), 0
		a := account.Named("odin")
		err := w.Ledger.DecideBeside(t.Context(), func() error { return tc.decide(a, w.Clock.Now()) }, func() { done++ }, a)
		if !errors.Is(err, tc.err) || done != tc.want {
			t.Errorf("%s: done %d times, want %d; %v", name, done, tc.want, err)
		}
	}
}

func TestAnOutageIsToldFromARefusal(t *testing.T) {
	req.Covers(t, "R-017", "R-250")
	w, outage := inhabited(t), errors.New("the disk is gone")
	for name, act := range map[string]func() error{
		"loading": func() error { return w.Ledger.Load(t.Context(), grant.Named("g1")) },
		"deciding": func() error {
			return w.Ledger.Decide(t.Context(), func() error { return errRefused }, grant.Named("g1"))
		},
		"listing": func() error {
			_, _, err := w.Directory.Grants(t.Context(), ports.Query{})
			return err
		},
		"finding": func() error {
			_, err := w.Directory.Find(t.Context(), event.Unique{Kind: "handle", Value: "odin"})
			return err
		},
		"appending": func() error {
			w.Store.Fail(nil)
			w.Store.BeforeNextAppend(func() { w.Store.Fail(outage) })
			g := grant.Named("g1")
			return w.Ledger.Decide(t.Context(), func() error {
				g.Revoke(grant.ByTokenReuse, "", w.Clock.Now())
				return errRefused
			}, g)
		},
	} {
		w.Store.Fail(outage)
		if err := act(); !errors.Is(err, outage) {
			t.Errorf("%s: got %v, want the outage", name, err)
		}
	}
	w.Store.Fail(nil)
	if diff := cmp.Diff([]string{"opened"}, w.Names("grant")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestWhatIsThereCannotBegin(t *testing.T) {
	w := inhabited(t)
	c := client.Unregistered("app")
	err := w.Ledger.Decide(t.Context(), func() error {
		return c.Register(client.Registration{ID: "row2", Settings: settings, At: w.Clock.Now()})
	}, c)
	if !errors.Is(err, ports.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

func TestWhatIsThereCannotBeginThoughItWasLookedAt(t *testing.T) {
	w := inhabited(t)
	there, c := client.Named("app"), client.Unregistered("app")
	err := w.Ledger.Decide(t.Context(), func() error {
		if c.Exists() {
			t.Error("what is to begin is there before")
		}
		return c.Register(client.Registration{ID: "row9", Settings: settings, At: w.Clock.Now()})
	}, there, c)
	if !errors.Is(err, ports.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func TestBeginningWaitsForNobodyElse(t *testing.T) {
	w := inhabited(t)
	w.Store.BeforeNextAppend(func() {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("C", w.Clock.Now()) })
	})
	c, owner, tries := client.Unregistered("new"), account.Named("odin"), 0
	w.Decide(func() error {
		tries++
		return c.Register(client.Registration{ID: "row2", Owner: "odin", Settings: settings, At: w.Clock.Now()})
	}, owner, c)
	if tries != 2 {
		t.Errorf("it took %d tries, want 2: the owner moved, the client is new", tries)
	}
}

func TestADecisionEndsWithItsContext(t *testing.T) {
	w := inhabited(t)
	ctx, cancel := context.WithCancel(t.Context())
	a := account.Named("odin")
	err := w.Ledger.Decide(ctx, func() error {
		w.Store.BeforeNextAppend(cancel)
		return a.Suspend(w.Clock.Now())
	}, a)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestOneLookBringsWhatBelongsTogether(t *testing.T) {
	w := inhabited(t)
	g, c, a := grant.Named("g1"), client.Named(""), account.Named("")
	w.Load(g, c, a)
	if c.ClientID() != "app" || a.AccountID() != "odin" || !a.Exists() || a.Version() != 3 {
		t.Errorf("found client %q and account %q at version %d", c.ClientID(), a.AccountID(), a.Version())
	}
	stranger, orphan := grant.Named("g2"), account.Named("")
	w.Load(stranger, orphan)
	if stranger.Exists() || orphan.Exists() || orphan.ID() != "" {
		t.Error("something was found that belongs to nothing")
	}
}

func TestALinkIsFollowedAgainAfterAConflict(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.Account("loki", "")
	w.Client("app", "loki", settings)
	w.Store.BeforeNextAppend(func() { openGrant(w, "g9") })
	g, c, a, seen := grant.Named("g9"), client.Named("app"), account.Named(""), []string{}
	w.Decide(func() error {
		seen = append(seen, a.ID())
		if !g.Exists() {
			return g.Open(grant.Opening{Client: "app", Account: "loki", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
		}
		return nil
	}, g, c, a)
	if diff := cmp.Diff([]string{"loki", "odin"}, seen); diff != "" {
		t.Errorf("the account: first the client's, then that of the grant (-want +got):\n%s", diff)
	}
}

func TestFactsSayWhatHappenedToWhomAndWhy(t *testing.T) {
	w := inhabited(t)
	a := account.Named("odin")
	a.CausedBy("message-7")
	w.Clock.Pass(time.Hour)
	w.Decide(func() error { return a.Suspend(w.Clock.Now()) }, a)
	facts, ids := w.Store.Facts(), map[string]bool{}
	for i, f := range facts {
		if f.Position != event.Position(i+1) || ids[f.ID] {
			t.Errorf("fact %d has position %d and id %s", i, f.Position, f.ID)
		}
		ids[f.ID] = true
	}
	last := facts[len(facts)-1]
	want := event.Fact{
		ID: last.ID, Stream: event.Stream{Kind: "account", ID: "odin"}, Version: 4, Position: event.Position(len(facts)),
		Name: "suspended", Revision: 1, At: ledgertest.Noon.Add(time.Hour), Cause: "message-7", Data: []byte(`{}`),
	}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("the fact (-want +got):\n%s", diff)
	}
}

func TestAnIssuanceLeavesNoRow(t *testing.T) {
	w := inhabited(t)
	i := token.Unissued("j1")
	w.Decide(func() error { i.Issue(token.Issued{Client: "app"}, w.Clock.Now()); return nil }, i)
	for _, row := range w.Store.Rows() {
		if row.Stream.Kind == token.Kind {
			t.Errorf("it left %+v", row)
		}
	}
	if diff := cmp.Diff([]string{"issued"}, w.Names(token.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}
