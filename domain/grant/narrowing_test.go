package grant_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event/eventtest"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestScopeAndResourcesOfARefresh(t *testing.T) {
	req.Covers(t, "R-108", "R-114", "R-118")
	ended := grant.Refreshed{Generation: 1, Scope: "openid A B", JTI: "j", AccessUntil: noon.Add(lifetimes.Access)}
	for name, tc := range map[string]struct {
		asks    func(*grant.Refresh)
		then    []any
		scope   oauth.Scope
		targets []string
		refused error
	}{
		"all that was granted": {
			then: []any{refreshedFor(t1, all, noon)}, scope: all, targets: opened.Resources,
		},
		"a part of the scope": {
			asks: func(r *grant.Refresh) { r.Scope = "A" },
			then: []any{refreshedFor(t1, "A", noon)}, scope: "A", targets: opened.Resources,
		},
		"more than was granted": {
			asks: func(r *grant.Refresh) { r.Scope = "A C" }, refused: grant.ErrScope,
		},
		"one of the resources": {
			asks: func(r *grant.Refresh) { r.Resources = opened.Resources[1:] },
			then: []any{refreshedFor(t1, all, noon)}, scope: all, targets: opened.Resources[1:],
		},
		"another resource": {
			asks: func(r *grant.Refresh) { r.Resources = []string{"https://other.example"} }, refused: grant.ErrResource,
		},
		"the account lost a permission": {
			asks:  func(r *grant.Refresh) { r.Allowance.Held = "A" },
			then:  []any{grant.Narrowed{Scope: "openid offline_access A", Lost: "B", Generation: 1, JTI: "j"}, refreshedFor(t1, "openid offline_access A", noon)},
			scope: "openid offline_access A", targets: opened.Resources,
		},
		"the client may ask for less": {
			asks:  func(r *grant.Refresh) { r.Allowance.Allowed = "offline_access B" },
			then:  []any{grant.Narrowed{Scope: "offline_access B", Lost: "openid A", Generation: 1, JTI: "j"}, refreshedFor(t1, "offline_access B", noon)},
			scope: "offline_access B", targets: opened.Resources,
		},
		"what was lost is asked for": {
			asks:  func(r *grant.Refresh) { r.Allowance.Held, r.Scope = "A", "A B" },
			then:  []any{grant.Narrowed{Scope: "openid offline_access A", Lost: "B", Generation: 1, JTI: "j"}, refreshedFor(t1, "A", noon)},
			scope: "A", targets: opened.Resources,
		},
		"a promotion gives nothing": {
			asks: func(r *grant.Refresh) { r.Allowance.Held = "A B C ADMINISTRATOR" },
			then: []any{refreshedFor(t1, all, noon)}, scope: all, targets: opened.Resources,
		},
		"offline_access is lost": {
			asks:  func(r *grant.Refresh) { r.Allowance.Allowed = "openid A B" },
			then:  []any{grant.Narrowed{Scope: "openid A B", Lost: "offline_access", Generation: 1, JTI: "j"}, ended},
			scope: "openid A B", targets: opened.Resources,
		},
		"a refused request loses nothing": {
			asks: func(r *grant.Refresh) { r.Allowance.Held, r.Scope = "A", "C" }, refused: grant.ErrScope,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, r := grant.Named(id), spend(t0, noon)
			if tc.asks != nil {
				tc.asks(&r)
			}
			var got grant.Tokens
			eventtest.Given(t, g, opened).When(func() (err error) {
				got, err = g.Refresh(r)
				return err
			}).Then(tc.then...).Refused(tc.refused)
			if got.Scope != tc.scope {
				t.Errorf("scope %q, want %q", got.Scope, tc.scope)
			}
			if diff := cmp.Diff(tc.targets, got.Resources); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatWasLostStaysLost(t *testing.T) {
	req.Covers(t, "R-118")
	g := grant.Named(id)
	narrowed := grant.Narrowed{Scope: "openid offline_access A", Lost: "B", Generation: 1, JTI: "j"}
	again := refreshedFor(t2, "openid offline_access A", noon.Add(time.Hour))
	eventtest.Given(t, g, opened, narrowed, refreshed(t1, noon)).When(func() error {
		return use(g, spend(t1, noon.Add(time.Hour)))
	}).Then(again).Refused(nil)
}

func TestAGrantThatLostItsFamilyIsOver(t *testing.T) {
	g := grant.Named(id)
	ended := grant.Refreshed{Generation: 1, Scope: "openid", JTI: "j", AccessUntil: noon.Add(time.Hour)}
	eventtest.Given(t, g, opened, ended).When(func() error {
		return use(g, spend(t1, noon))
	}).Then().Refused(grant.ErrRefreshToken)
	if s := g.View(); !s.Ends().Equal(noon.Add(time.Hour)) {
		t.Errorf("ends %s, want with its last access token", s.Ends())
	}
}
