package revoke_test

import (
	"errors"
	"testing"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/revoke"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

func TestAPersonTakesEverythingBack(t *testing.T) {
	req.Covers(t, "R-116")
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.Account("loki", "")
	odin := w.Visitor("odin")
	give := func(by oauth.AccountID) *grant.Grant {
		g := grant.Named(w.Entropy.ID())
		w.Decide(func() error {
			return g.Open(grant.Opening{Client: "app", Account: by, Scope: "openid", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
		}, g)
		return grant.Named(g.ID())
	}
	var his []*grant.Grant
	for range 150 {
		his = append(his, give("odin"))
	}
	lokis := give("loki")
	uc := revoke.NewAll(w.Ledger, w.Directory, w.Clock)
	for range 2 {
		if err := uc.Execute(t.Context(), odin); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range his {
		w.Load(g)
		if s := g.View(); s.Revoked.IsZero() || s.Reason != grant.ByOwner {
			t.Fatalf("left: %+v", s)
		}
	}
	w.Load(lokis)
	if !lokis.View().Revoked.IsZero() {
		t.Error("loki's grant was revoked, too")
	}
	give("odin")
	s := session.Named(odin.Session)
	w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
	if err := uc.Execute(t.Context(), odin); !errors.Is(err, session.ErrNotSignedIn) {
		t.Errorf("signed out: %v", err)
	}
}
