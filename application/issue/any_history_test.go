package issue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"writ/adapters/eventsourcing"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// life is all that may happen around the token endpoint, and what was handed out so far.
type life struct {
	*world

	replicas [2]replica
	t        *testing.T
	codes    []oauth.Opaque
	bought   map[string]int
	refresh  []oauth.Opaque
	scopes   map[string]oauth.Scope // of each grant, as it was last issued for
}

// replica is a server of its own at the token endpoint, with its own memory.
type replica struct {
	ledger  *eventsourcing.Ledger
	code    *issue.ByAuthorizationCode
	refresh *issue.ByRefreshToken
	device  *issue.ByDeviceCode
}

func newLife(t *testing.T) *life {
	w := newWorld(t)
	return &life{
		world: w, replicas: [2]replica{newReplica(w), newReplica(w)}, t: t,
		bought: map[string]int{}, scopes: map[string]oauth.Scope{},
	}
}

func newReplica(w *world) replica {
	l := eventsourcing.NewLedger(w.Store, w.Keeper, w.Entropy)
	return replica{
		ledger:  l,
		code:    issue.NewByAuthorizationCode(l, w.Server, w.Keys, w.Signer, w.Clock, w.Entropy),
		refresh: issue.NewByRefreshToken(l, w.Notes, w.Server, w.Keys, w.Signer, w.Clock, w.Entropy),
		device:  issue.NewByDeviceCode(l, w.Notes, w.Server, w.Keys, w.Signer, w.Clock, w.Entropy),
	}
}

// meets is the replica that a request happens to come to.
func (l *life) meets(r *rapid.T) replica { return rapid.SampledFrom(l.replicas[:]).Draw(r, "replica") }

// remembersRight holds what a replica finds against what a server that has just begun reads.
func (l *life) remembersRight(r *rapid.T) {
	if len(l.codes) == 0 {
		return
	}
	id := rapid.SampledFrom(l.codes).Draw(r, "looked at").ID()
	found, read := l.finds(l.meets(r).ledger, id), l.finds(eventsourcing.NewLedger(l.Store, l.Keeper, l.Entropy), id)
	if diff := cmp.Diff(read, found, cmpopts.EquateEmpty()); diff != "" {
		r.Fatalf("a replica finds something else than is stored (-stored +found):\n%s", diff)
	}
}

func (l *life) finds(ledger *eventsourcing.Ledger, id string) [2]any {
	code, g := authorization.Named(id), grant.Named(id)
	if err := ledger.Load(l.t.Context(), code, g); err != nil {
		l.t.Fatal(err)
	}
	return [2]any{*code.State().(*authorization.State), g.View()}
}

func TestAnyHistoryOfTheTokenEndpoint(t *testing.T) {
	req.Covers(t, "R-062", "R-103", "R-111", "R-118", "R-250")
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t)
		rt.Repeat(map[string]func(*rapid.T){
			"":                      l.remembersRight,
			"a code is approved":    l.approves,
			"a code is redeemed":    l.redeems,
			"a token is refreshed":  l.refreshes,
			"permissions change":    l.permits,
			"the account's fortune": l.fortune,
			"the client changes":    l.edits,
			"a grant is revoked":    l.revokes,
			"time passes": func(r *rapid.T) {
				l.Clock.Pass(time.Duration(rapid.IntRange(0, 40).Draw(r, "seconds")) * time.Second)
			},
		})
		report, err := eventsourcing.NewAuditor(l.Store, l.Store, l.Store, l.Directory, l.Ledger).Verify(t.Context())
		if err != nil || len(report.Differences) > 0 {
			rt.Fatalf("the audit says %+v, %v", report, err)
		}
	})
}

func (l *life) approves(r *rapid.T) {
	scope := rapid.SampledFrom([]oauth.Scope{all, "openid", "offline_access CREATE_POST"}).Draw(r, "scope")
	l.codes = append(l.codes, l.approve(func(a *authorization.Approved) { a.Scope = scope }))
}

func (l *life) redeems(r *rapid.T) {
	if len(l.codes) == 0 {
		return
	}
	cmd := redeeming(rapid.SampledFrom(l.codes).Draw(r, "code"))
	cmd.Client.ID = rapid.SampledFrom([]oauth.ClientID{"app", "app", "other"}).Draw(r, "client")
	if rapid.IntRange(0, 4).Draw(r, "forgets") == 0 {
		cmd.Verifier = ""
	}
	tokens, err := l.meets(r).code.Execute(l.t.Context(), cmd)
	if err != nil {
		l.isRefusal(r, err)
		return
	}
	l.bought[cmd.Code]++
	if l.bought[cmd.Code] > 1 || cmd.Verifier == "" || cmd.Client.ID != "app" {
		r.Fatalf("a code was redeemed %d times, by %s", l.bought[cmd.Code], cmd.Client.ID)
	}
	l.mayHave(r, tokens)
}

func (l *life) refreshes(r *rapid.T) {
	if len(l.refresh) == 0 {
		return
	}
	cmd := refreshing(rapid.SampledFrom(l.refresh).Draw(r, "token"))
	l.Server.ReuseWindow = rapid.SampledFrom([]time.Duration{0, 10 * time.Second}).Draw(r, "window")
	tokens, err := l.meets(r).refresh.Execute(l.t.Context(), cmd)
	if err != nil {
		l.isRefusal(r, err)
		return
	}
	l.mayHave(r, tokens)
}

// mayHave checks what was handed out against what is allowed at this moment.
func (l *life) mayHave(r *rapid.T, tokens issue.Tokens) {
	a, c, access := account.Named("odin"), client.Named("app"), accessOf(l.t, tokens)
	g := grant.Named(access.Grant)
	l.Load(a, c, g)
	scope, before := oauth.Scope(access.Scope), l.scopes[access.Grant]
	switch {
	case a.Served() != nil || !c.Allowance(a.Permissions()).MayUseClients():
		r.Fatalf("odin may not be served, and was")
	case scope.Permissions().Within(a.Permissions()) != scope.Permissions():
		r.Fatalf("tokens for %q, of which odin holds %q", scope, a.Permissions())
	case !c.View().Allowed.Covers(scope):
		r.Fatalf("tokens for %q, of which app may have %q", scope, c.View().Allowed)
	case before != "" && !before.Covers(scope):
		r.Fatalf("a grant of %q grew to %q", before, scope)
	case !g.View().Revoked.IsZero():
		r.Fatalf("tokens of a revoked grant")
	case tokens.Refresh.IsZero() != !scope.Has(oauth.OfflineAccess):
		r.Fatalf("tokens for %q with a refresh token: %v", scope, !tokens.Refresh.IsZero())
	}
	l.scopes[access.Grant] = scope
	if !tokens.Refresh.IsZero() {
		l.refresh = append(l.refresh, tokens.Refresh)
	}
}

func (*life) isRefusal(r *rapid.T, err error) {
	var refusal *oauth.Error
	if !errors.As(err, &refusal) {
		r.Fatalf("got %v, want a refusal", err)
	}
}

func (l *life) permits(r *rapid.T) {
	p := rapid.SampledFrom([]oauth.Scope{
		"CREATE_POST MANAGE_POSTS USE_OAUTH_CLIENTS", "CREATE_POST USE_OAUTH_CLIENTS", "USE_OAUTH_CLIENTS", "CREATE_POST",
	}).Draw(r, "permissions")
	l.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions(p, l.Clock.Now()) })
}

func (l *life) fortune(r *rapid.T) {
	suspend := rapid.IntRange(0, 2).Draw(r, "luck") == 0
	l.ChangeAccount("odin", func(a *account.Account) error {
		if suspend {
			return a.Suspend(l.Clock.Now())
		}
		return a.Reinstate(l.Clock.Now())
	})
}

func (l *life) edits(r *rapid.T) {
	allowed := rapid.SampledFrom([]oauth.Scope{all, all, "openid offline_access CREATE_POST", "openid MANAGE_POSTS"}).Draw(r, "allowed")
	l.changeClient(func(s *client.Settings) { s.Allowed = allowed })
}

func (l *life) revokes(r *rapid.T) {
	if len(l.refresh) == 0 {
		return
	}
	g := grant.Named(rapid.SampledFrom(l.refresh).Draw(r, "token").ID())
	l.Decide(func() error { g.Revoke(grant.ByOwner, "odin", l.Clock.Now()); return nil }, g)
}
