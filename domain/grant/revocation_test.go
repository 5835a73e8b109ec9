package grant_test

import (
	"testing"
	"time"

	"writ/domain/event/eventtest"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestRevoking(t *testing.T) {
	req.Covers(t, "R-104", "R-164", "R-169")
	revoked := grant.Revoked{Reason: grant.ByOwner, By: "odin"}
	by := func(client oauth.ClientID, token oauth.Opaque) func(*grant.Grant) {
		return func(g *grant.Grant) { g.RevokeBy(client, token, noon) }
	}
	byClient := []any{grant.Revoked{Reason: grant.ByClient, By: "app"}}
	for name, tc := range map[string]struct {
		given []any
		when  func(*grant.Grant)
		then  []any
	}{
		"its owner":                     {[]any{opened}, func(g *grant.Grant) { g.Revoke(grant.ByOwner, "odin", noon) }, []any{revoked}},
		"twice":                         {[]any{opened, revoked}, func(g *grant.Grant) { g.Revoke(grant.ByAdmin, "", noon) }, nil},
		"one that was never opened":     {nil, func(g *grant.Grant) { g.Revoke(grant.ByAdmin, "", noon) }, nil},
		"its client, by the live token": {[]any{opened}, by("app", t0), byClient},
		"its client, by a spent token":  {[]any{opened, refreshed(t1, noon)}, by("app", t0), byClient},
		"its client, by a forged token": {[]any{opened}, by("app", forged), nil},
		"its client, by one to come":    {[]any{opened}, by("app", ahead), nil},
		"its client, twice":             {[]any{opened, revoked}, by("app", t0), nil},
		"another client":                {[]any{opened}, by("other", t0), nil},
		"nobody's":                      {nil, by("app", t0), nil},
		"the code came back":            {[]any{opened}, func(g *grant.Grant) { g.ReplayCode(noon) }, []any{grant.CodeReplayed{}, grant.Revoked{Reason: grant.ByCodeReplay}}},
		"the code came back again":      {[]any{opened, grant.Revoked{Reason: grant.ByCodeReplay}}, func(g *grant.Grant) { g.ReplayCode(noon) }, nil},
		"the code of no grant":          {nil, func(g *grant.Grant) { g.ReplayCode(noon) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := grant.Named(id)
			eventtest.Given(t, g, tc.given...).Do(func() { tc.when(g) }).Then(tc.then...)
		})
	}
}

func TestWhichReasonsAreACompromise(t *testing.T) {
	for reason, want := range map[grant.Reason]bool{
		grant.ByOwner: false, grant.ByClient: false, grant.ByAdmin: false, grant.ByTokenReuse: true, grant.ByCodeReplay: true, "": false,
	} {
		g := grant.Named(id)
		eventtest.Given(t, g, opened, grant.Revoked{Reason: reason})
		if g.Compromised() != want {
			t.Errorf("revoked because of %q: compromised %v, want %v", reason, g.Compromised(), want)
		}
	}
}

func TestWhichTokenIsLive(t *testing.T) {
	g := grant.Named(id)
	if g.HasLive(t0, noon) {
		t.Error("a grant that was never opened has a live token")
	}
	eventtest.Given(t, g, opened, refreshed(t1, noon))
	for name, tc := range map[string]struct {
		token oauth.Opaque
		at    time.Time
		want  bool
	}{
		"the last one":        {t1, noon, true},
		"a spent one":         {t0, noon, false},
		"one to come":         {t2, noon, false},
		"the last, too late":  {t1, noon.Add(lifetimes.Idle), false},
		"one never issued":    {forged, noon, false},
		"no token at all":     {oauth.Opaque{}, noon, false},
		"the last, just then": {t1, noon.Add(lifetimes.Idle - time.Microsecond), true},
	} {
		if got := g.HasLive(tc.token, tc.at); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// What is kept is kept to the end of a day.
func TestWhenAGrantEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		given      []any
		ends, keep time.Time
	}{
		"with its refresh token": {[]any{opened}, opened.IdleUntil, opened.IdleUntil.Add(7*24*time.Hour + 12*time.Hour)},
		"when it was revoked": {
			[]any{opened, eventtest.At(noon.Add(time.Minute), grant.Revoked{Reason: grant.ByOwner})},
			noon.Add(time.Minute), noon.Add(7*24*time.Hour + 12*time.Hour),
		},
	} {
		g := grant.Named(id)
		eventtest.Given(t, g, tc.given...)
		index := g.State().Index()
		if !index.Ends.Equal(tc.ends) || !index.Keep.Equal(tc.keep) || index.Account != "odin" || index.Client != "app" {
			t.Errorf("%s: %+v", name, index)
		}
	}
}
