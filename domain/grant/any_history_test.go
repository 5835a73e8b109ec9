package grant_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/domain/event/eventtest"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// life is a grant that anybody may ask for anything, and what must be true of it whatever happens.
type life struct {
	grant   *grant.Grant
	now     time.Time
	tokens  []oauth.Opaque // all that were ever issued, the last one live
	scope   oauth.Scope    // at the last look
	revoked bool
	spentAt time.Time
}

func TestAnyHistoryOfAGrant(t *testing.T) {
	req.Covers(t, "R-111", "R-112", "R-115", "R-118")
	rapid.Check(t, func(t *rapid.T) {
		l := &life{grant: grant.Named(id), now: noon, tokens: []oauth.Opaque{t0}, scope: all}
		err := l.grant.Open(grant.Opening{
			Client: "app", Account: "odin", Scope: all, Refresh: t0, JTI: "j0", Lifetimes: lifetimes, At: noon,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) {
				l.now = l.now.Add(time.Duration(rapid.Int64Range(1, int64(40*24*time.Hour)).Draw(t, "passed")))
			},
			"a moment passes": func(t *rapid.T) {
				l.now = l.now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "passed")))
			},
			"refresh": l.refresh,
			"revoke":  func(*rapid.T) { l.grant.Revoke(grant.ByOwner, "odin", l.now) },
			"the client revokes": func(t *rapid.T) {
				l.grant.RevokeBy(rapid.SampledFrom([]oauth.ClientID{"app", "other"}).Draw(t, "client"), rapid.SampledFrom(l.tokens).Draw(t, "token"), l.now)
			},
			"the code comes back": func(*rapid.T) { l.grant.ReplayCode(l.now) },
			"":                    l.check,
		})
		eventtest.ReplayGivesTheSame(t, l.grant, nil)
	})
}

func (l *life) refresh(t *rapid.T) {
	r := spend(rapid.SampledFrom(l.tokens).Draw(t, "token"), l.now)
	r.Client = rapid.SampledFrom([]oauth.ClientID{"app", "app", "app", "other"}).Draw(t, "client")
	r.Window = rapid.SampledFrom([]time.Duration{0, 10 * time.Second}).Draw(t, "window")
	r.Salt = rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt")
	r.Allowance.Held = oauth.NewScope(rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "C"}), 0, 3).Draw(t, "held")...)
	before := l.grant.View()
	live := l.grant.HasLive(r.Token, l.now) && r.Client == "app"
	last := len(l.tokens) > 1 && r.Token.Reveal() == l.tokens[len(l.tokens)-2].Reveal()
	if l.grant.Present(r) != nil {
		if live {
			t.Fatal("the live token was refused")
		}
		return
	}
	tokens, err := l.grant.Refresh(r)
	switch {
	case err != nil:
		t.Fatalf("a token that was presented is refused: %v", err)
	case !before.Scope.Covers(tokens.Scope):
		t.Fatalf("a refresh gave %q of %q", tokens.Scope, before.Scope)
	case live:
		l.tokens, l.spentAt = append(l.tokens, tokens.Refresh), l.now
	case !last || r.Window == 0 || !l.now.Before(l.spentAt.Add(r.Window)):
		t.Fatal("a spent token was accepted outside of the window")
	case tokens.Refresh.Reveal() != l.tokens[len(l.tokens)-1].Reveal():
		t.Fatal("a repeat got another successor")
	}
}

func (l *life) check(t *rapid.T) {
	s := l.grant.View()
	live := slices.DeleteFunc(slices.Clone(l.tokens), func(o oauth.Opaque) bool { return !l.grant.HasLive(o, l.now) })
	switch {
	case len(live) > 1:
		t.Fatalf("%d refresh tokens are live", len(live))
	case !l.scope.Covers(s.Scope):
		t.Fatalf("the scope grew from %q to %q", l.scope, s.Scope)
	case s.IdleUntil.After(s.Until) || !s.Until.Equal(noon.Add(lifetimes.Absolute)):
		t.Fatalf("the family lives until %s, at most until %s", s.IdleUntil, s.Until)
	case l.revoked && s.Revoked.IsZero():
		t.Fatal("a revoked grant came back")
	case !s.Revoked.IsZero() && len(live) > 0:
		t.Fatal("a revoked grant has a live token")
	}
	l.scope, l.revoked = s.Scope, !s.Revoked.IsZero()
}
