package grant_test

import (
	"testing"
	"time"

	"writ/domain/event/eventtest"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// The facts and the tokens of the scenarios: t0 was issued with the grant, t1 for t0, t2 for t1.
const id = "c0ffee0000000000000g"

var (
	noon      = eventtest.Noon
	lifetimes = oauth.Lifetimes{Access: 15 * time.Minute, Idle: 30 * 24 * time.Hour, Absolute: 180 * 24 * time.Hour}
	keys      = oauth.TokenKeys{{ID: [4]byte{1}, Secret: [32]byte{1}}}
	salt      = []byte("0123456789abcdef")
	t0        = keys.Mint(oauth.RefreshToken, id, 0, [32]byte{7})
	t1        = t0.Successor(salt)
	t2        = t1.Successor(salt)
	forged    = keys.Mint(oauth.RefreshToken, id, 0, [32]byte{8})
	ahead     = keys.Mint(oauth.RefreshToken, id, 9, [32]byte{7})
)

const all oauth.Scope = "openid offline_access A B"

var opened = grant.Opened{
	Client: "app", Account: "odin", Via: oauth.AuthorizationCodeGrant, Session: "s1", Scope: all,
	Resources: []string{"https://api.example", "https://more.example"}, AuthTime: noon, JTI: "j0",
	AccessUntil: noon.Add(lifetimes.Access), Refresh: t0.Digest(),
	IdleUntil: noon.Add(lifetimes.Idle), Until: noon.Add(lifetimes.Absolute),
}

// refreshed is the fact that the token before successor was spent at a moment.
func refreshed(successor oauth.Opaque, at time.Time) eventtest.Happened {
	return eventtest.At(at, refreshedFor(successor, all, at))
}

func refreshedFor(successor oauth.Opaque, scope oauth.Scope, at time.Time) grant.Refreshed {
	return grant.Refreshed{
		Generation: successor.Generation(), Salt: salt, Refresh: successor.Digest(), Scope: scope,
		JTI: "j", AccessUntil: at.Add(lifetimes.Access), IdleUntil: at.Add(lifetimes.Idle),
	}
}

// spend asks for new tokens as the client does: with everything that it was granted.
func spend(token oauth.Opaque, at time.Time) grant.Refresh {
	return grant.Refresh{
		Client: "app", Token: token, Salt: salt, JTI: "j", Lifetimes: lifetimes, At: at,
		Allowance: oauth.Allowance{Policy: oauth.Explicit, Allowed: all, Held: "A B"},
	}
}

func within(window time.Duration, r grant.Refresh) grant.Refresh { r.Window = window; return r }

func TestOpening(t *testing.T) {
	o := grant.Opening{
		Client: "app", Account: "odin", Via: oauth.AuthorizationCodeGrant, Session: "s1", Scope: all,
		Resources: opened.Resources, AuthTime: noon, JTI: "j0", Refresh: t0, Lifetimes: lifetimes, At: noon,
	}
	t.Run("opens with a refresh token", func(t *testing.T) {
		g := grant.Named(id)
		eventtest.Given(t, g).When(func() error { return g.Open(o) }).Then(opened).Refused(nil)
	})
	t.Run("without a refresh token it ends with its access token", func(t *testing.T) {
		g, without, want := grant.Named(id), o, opened
		without.Refresh, want.Refresh, want.IdleUntil, want.Until = oauth.Opaque{}, "", time.Time{}, time.Time{}
		eventtest.Given(t, g).When(func() error { return g.Open(without) }).Then(want).Refused(nil)
		if s := g.View(); !s.Ends().Equal(opened.AccessUntil) {
			t.Errorf("ends %s, want %s", s.Ends(), opened.AccessUntil)
		}
	})
	t.Run("the idle lifetime is not longer than the absolute one", func(t *testing.T) {
		g, short, want := grant.Named(id), o, opened
		short.Lifetimes.Absolute = time.Hour
		want.Until, want.IdleUntil = noon.Add(time.Hour), noon.Add(time.Hour)
		eventtest.Given(t, g).When(func() error { return g.Open(short) }).Then(want).Refused(nil)
	})
	t.Run("opens once", func(t *testing.T) {
		g := grant.Named(id)
		eventtest.Given(t, g, opened).When(func() error { return g.Open(o) }).Then().Refused(grant.ErrOpen)
	})
}

func TestRefreshing(t *testing.T) {
	req.Covers(t, "R-109", "R-110", "R-111", "R-115")
	soon, later := noon.Add(time.Second), noon.Add(time.Minute)
	reuse := []any{grant.RefreshTokenReused{Generation: 0}, grant.Revoked{Reason: grant.ByTokenReuse}}
	other := spend(t0, soon)
	other.Client = "other"
	for name, tc := range map[string]struct {
		given   []any
		when    grant.Refresh
		then    []any
		refused error
	}{
		"the live token is spent": {
			given: []any{opened}, when: spend(t0, soon), then: []any{refreshedFor(t1, all, soon)},
		},
		"its successor is spent next": {
			given: []any{opened, refreshed(t1, soon)}, when: spend(t1, later), then: []any{refreshedFor(t2, all, later)},
		},
		"a spent token revokes the grant": {
			given: []any{opened, refreshed(t1, soon)}, when: spend(t0, later), then: reuse, refused: grant.ErrReused,
		},
		"a token of an older generation revokes the grant": {
			given: []any{opened, refreshed(t1, soon), refreshed(t2, later)}, when: spend(t0, later), then: reuse, refused: grant.ErrReused,
		},
		"another client's token": {
			given: []any{opened}, when: other, refused: grant.ErrRefreshToken,
		},
		"another client reusing a spent token revokes nothing": {
			given: []any{opened, refreshed(t1, soon)}, when: other, refused: grant.ErrRefreshToken,
		},
		"a token of this grant that was never issued": {
			given: []any{opened}, when: spend(forged, soon), refused: grant.ErrRefreshToken,
		},
		"a generation that is not there yet": {
			given: []any{opened}, when: spend(ahead, soon), refused: grant.ErrRefreshToken,
		},
		"a grant that was never opened": {when: spend(t0, soon), refused: grant.ErrRefreshToken},
		"a grant without a refresh token": {
			given: []any{grant.Opened{Client: "app", Account: "odin", Scope: "openid"}}, when: spend(t0, soon), refused: grant.ErrRefreshToken,
		},
		"a revoked grant": {
			given: []any{opened, grant.Revoked{Reason: grant.ByOwner}}, when: spend(t0, soon), refused: grant.ErrRefreshToken,
		},
		"a spent token of a revoked grant": {
			given: []any{opened, refreshed(t1, soon), grant.Revoked{Reason: grant.ByOwner}}, when: spend(t0, later), refused: grant.ErrRefreshToken,
		},
		"the last moment of the idle lifetime": {
			given: []any{opened}, when: spend(t0, opened.IdleUntil.Add(-time.Microsecond)),
			then: []any{refreshedFor(t1, all, opened.IdleUntil.Add(-time.Microsecond))},
		},
		"the end of the idle lifetime": {
			given: []any{opened}, when: spend(t0, opened.IdleUntil), refused: grant.ErrRefreshToken,
		},
		"a spent token after the idle lifetime": {
			given: []any{opened, refreshed(t1, noon)}, when: spend(t0, opened.IdleUntil), refused: grant.ErrRefreshToken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := grant.Named(id)
			eventtest.Given(t, g, tc.given...).When(func() error { return use(g, tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

// use presents and refreshes, as every use case does.
func use(g *grant.Grant, r grant.Refresh) error {
	err := g.Present(r)
	if err == nil {
		_, err = g.Refresh(r)
	}
	return err
}

func TestTheReuseWindow(t *testing.T) {
	req.Covers(t, "R-112")
	const window = 10 * time.Second
	spent := noon.Add(time.Minute)
	repeated := func(at time.Time) grant.RefreshRepeated {
		return grant.RefreshRepeated{Generation: 1, Scope: all, JTI: "j", AccessUntil: at.Add(lifetimes.Access)}
	}
	reused := func(generation uint32) []any {
		return []any{grant.RefreshTokenReused{Generation: generation}, grant.Revoked{Reason: grant.ByTokenReuse}}
	}
	once := []any{opened, refreshed(t1, spent)}
	twice := append(once[:2:2], refreshed(t2, spent.Add(time.Second)))
	strange := spend(t0, spent.Add(time.Second))
	strange.Client = "other"
	for name, tc := range map[string]struct {
		given   []any
		when    grant.Refresh
		then    []any
		refused error
	}{
		"within it":       {once, within(window, spend(t0, spent.Add(time.Second))), []any{repeated(spent.Add(time.Second))}, nil},
		"at once":         {once, within(window, spend(t0, spent)), []any{repeated(spent)}, nil},
		"its last moment": {once, within(window, spend(t0, spent.Add(window-time.Microsecond))), []any{repeated(spent.Add(window - time.Microsecond))}, nil},
		"its end":         {once, within(window, spend(t0, spent.Add(window))), reused(0), grant.ErrReused},
		"after it":        {once, within(window, spend(t0, spent.Add(time.Hour))), reused(0), grant.ErrReused},
		"none":            {once, spend(t0, spent), reused(0), grant.ErrReused},
		"a repeat does not extend it": {
			append(once[:2:2], eventtest.At(spent.Add(9*time.Second), repeated(spent.Add(9*time.Second)))),
			within(window, spend(t0, spent.Add(window))), reused(0), grant.ErrReused,
		},
		"a second repeat within it": {
			append(once[:2:2], eventtest.At(spent.Add(time.Second), repeated(spent.Add(time.Second)))),
			within(window, spend(t0, spent.Add(2*time.Second))),
			[]any{repeated(spent.Add(2 * time.Second))},
			nil,
		},
		"its successor was used":               {twice, within(window, spend(t0, spent.Add(2*time.Second))), reused(0), grant.ErrReused},
		"the last spent one of a longer chain": {twice, within(window, spend(t1, spent.Add(2*time.Second))), []any{grant.RefreshRepeated{Generation: 2, Scope: all, JTI: "j", AccessUntil: spent.Add(2*time.Second + lifetimes.Access)}}, nil},
		"another client":                       {once, within(window, strange), nil, grant.ErrRefreshToken},
		"a token that was never issued":        {once, within(window, spend(forged, spent)), reused(0), grant.ErrReused},
		"a revoked grant":                      {append(once[:2:2], grant.Revoked{Reason: grant.ByClient}), within(window, spend(t0, spent)), nil, grant.ErrRefreshToken},
	} {
		t.Run(name, func(t *testing.T) {
			g := grant.Named(id)
			eventtest.Given(t, g, tc.given...).When(func() error { return use(g, tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestARepeatGetsTheIdenticalSuccessor(t *testing.T) {
	req.Covers(t, "R-112")
	g := grant.Named(id)
	eventtest.Given(t, g, opened)
	first, err := g.Refresh(spend(t0, noon))
	if err != nil {
		t.Fatal(err)
	}
	r := within(time.Minute, spend(t0, noon.Add(time.Second)))
	r.Salt = []byte("another salt")
	if err := g.Present(r); err != nil {
		t.Fatal(err)
	}
	again, err := g.Refresh(r)
	if err != nil || again.Refresh.Reveal() != first.Refresh.Reveal() {
		t.Errorf("the repeat got another successor (%v)", err)
	}
	if g.View().Generation != 1 || !g.HasLive(first.Refresh, noon) {
		t.Error("the repeat moved the grant")
	}
}

// TestARepeatGivesNoMoreThanARefreshWould: offline_access was taken away between the two.
func TestARepeatGivesNoMoreThanARefreshWould(t *testing.T) {
	req.Covers(t, "R-112")
	g := grant.Named(id)
	eventtest.Given(t, g, opened, refreshed(t1, noon))
	r := within(time.Minute, spend(t0, noon.Add(time.Second)))
	r.Allowance.Allowed = r.Allowance.Allowed.Without(oauth.OfflineAccess)
	again, err := g.Refresh(r)
	if err != nil || again.Scope.Has(oauth.OfflineAccess) || !again.Refresh.IsZero() {
		t.Errorf("the repeat got %q, with a refresh token: %t (%v)", again.Scope, !again.Refresh.IsZero(), err)
	}
}

func TestTheAbsoluteLifetimeIsNeverExtended(t *testing.T) {
	req.Covers(t, "R-115")
	g := grant.Named(id)
	eventtest.Given(t, g, opened)
	token, at := t0, noon
	for range 20 {
		at = at.Add(10 * 24 * time.Hour)
		r := spend(token, at)
		if !at.Before(opened.Until) {
			if err := g.Present(r); err != grant.ErrRefreshToken {
				t.Errorf("at %s: %v, want the family to have ended", at, err)
			}
			continue
		}
		if err := g.Present(r); err != nil {
			t.Fatalf("at %s: %v", at, err)
		}
		tokens, err := g.Refresh(r)
		if err != nil || g.View().IdleUntil.After(opened.Until) {
			t.Fatalf("at %s: %v, idle until %s, beyond %s", at, err, g.View().IdleUntil, opened.Until)
		}
		token = tokens.Refresh
	}
}
