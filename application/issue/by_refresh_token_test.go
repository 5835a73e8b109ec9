package issue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

func refreshing(token oauth.Opaque) issue.RefreshTokenCommand {
	return issue.RefreshTokenCommand{Client: app, Token: token.Reveal()}
}

func (w *world) refreshed(t *testing.T, token oauth.Opaque) issue.Tokens {
	t.Helper()
	tokens, err := w.refresh.Execute(t.Context(), refreshing(token))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestARefreshTokenBuysTokensAndItsSuccessor(t *testing.T) {
	req.Covers(t, "R-109", "R-117", "R-149")
	w := newWorld(t)
	first := w.opened(t)
	w.Clock.Pass(time.Hour)
	second := w.refreshed(t, first.Refresh)
	access := accessOf(t, second)
	at := ledgertest.Noon.Add(time.Hour).Unix()
	want := accessOf(t, first)
	want.JTI, want.IssuedAt, want.Expires = access.JTI, at, at+900
	if diff := cmp.Diff(want, access); diff != "" || access.JTI == accessOf(t, first).JTI {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	var id token.IDClaims
	read(t, second.ID, token.IDType, &id)
	if id.Nonce != "" || id.IssuedAt != at || id.AuthTime != ledgertest.Noon.Unix() || id.Subject != "odin" || id.Audience != "app" {
		t.Errorf("the ID token says %+v", id)
	}
	if second.Refresh.Generation() != 1 || second.Refresh.ID() != first.Refresh.ID() || second.Refresh.Digest() == first.Refresh.Digest() {
		t.Error("the refresh token did not rotate")
	}
	used, err := w.Notes.LastUsed(t.Context(), []event.Stream{{Kind: grant.Kind, ID: first.Refresh.ID()}})
	if err != nil || len(used) != 1 {
		t.Errorf("the use was not noted: %v, %v", used, err)
	}
	if third := w.refreshed(t, second.Refresh); third.Refresh.Generation() != 2 {
		t.Error("the successor did not rotate")
	}
}

func TestRefreshTokensThatBuyNothing(t *testing.T) {
	req.Covers(t, "R-041", "R-098", "R-110", "R-114", "R-115")
	for name, tc := range map[string]struct {
		change  func(*world, *issue.RefreshTokenCommand)
		refused error
	}{
		"no token":     {func(_ *world, c *issue.RefreshTokenCommand) { c.Token = "" }, grant.ErrRefreshToken},
		"a forged one": {func(_ *world, c *issue.RefreshTokenCommand) { c.Token = "A" + c.Token[1:] }, grant.ErrRefreshToken},
		"one of no grant": {func(w *world, c *issue.RefreshTokenCommand) {
			c.Token = w.Keys.Mint(oauth.RefreshToken, w.Entropy.ID(), 0, [32]byte{}).Reveal()
		}, grant.ErrRefreshToken},
		"an authorization code":  {func(w *world, c *issue.RefreshTokenCommand) { c.Token = w.approve().Reveal() }, grant.ErrRefreshToken},
		"another client":         {func(_ *world, c *issue.RefreshTokenCommand) { c.Client.ID = "other" }, grant.ErrRefreshToken},
		"a wrong secret":         {func(_ *world, c *issue.RefreshTokenCommand) { c.Client.Secret = "x" }, client.ErrAuthentication},
		"both are wrong":         {func(_ *world, c *issue.RefreshTokenCommand) { c.Client.Secret, c.Token = "x", "y" }, client.ErrAuthentication},
		"an unknown word":        {func(_ *world, c *issue.RefreshTokenCommand) { c.Scope = "everything" }, oauth.ErrUnknownScope},
		"a word not granted":     {func(_ *world, c *issue.RefreshTokenCommand) { c.Scope = "MANAGE_ROLES" }, grant.ErrScope},
		"a resource not granted": {func(_ *world, c *issue.RefreshTokenCommand) { c.Resources = []string{resource} }, grant.ErrResource},
		"idle for too long":      {func(w *world, _ *issue.RefreshTokenCommand) { w.Clock.Pass(w.Server.Lifetimes.Idle) }, grant.ErrRefreshToken},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := w.opened(t)
			cmd := refreshing(first.Refresh)
			tc.change(w, &cmd)
			_, err := w.refresh.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.refused)
			if diff := cmp.Diff([]string{"opened"}, w.Names(grant.Kind)); diff != "" {
				t.Errorf("the log (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBetweenOneRefreshAndTheNext(t *testing.T) {
	req.Covers(t, "R-045", "R-094", "R-116")
	strikes(t, func(t *testing.T, w *world, strike func(), refused error) {
		tokens := w.opened(t)
		strike()
		_, err := w.refresh.Execute(t.Context(), refreshing(tokens.Refresh))
		refusedWith(t, err, refused)
		if diff := cmp.Diff([]string{"opened"}, w.Names(grant.Kind)); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}

func TestARefreshDuringASuspensionIsDecidedOnFreshState(t *testing.T) {
	req.Covers(t, "R-094")
	w := newWorld(t)
	tokens := w.opened(t)
	w.Store.BeforeNextAppend(func() { misfortunes["the account is suspended"].befalls(w) })
	_, err := w.refresh.Execute(t.Context(), refreshing(tokens.Refresh))
	refusedWith(t, err, account.ErrNotServed)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Reinstate(w.Clock.Now()) })
	w.refreshed(t, tokens.Refresh) // the refused try spent nothing
}

func TestScopeOfARefresh(t *testing.T) {
	req.Covers(t, "R-114", "R-118")
	w := newWorld(t)
	cmd := refreshing(w.opened(t).Refresh)
	cmd.Scope = "CREATE_POST openid"
	less, err := w.refresh.Execute(t.Context(), cmd)
	if err != nil || less.Scope != "openid CREATE_POST" || accessOf(t, less).Scope != "openid CREATE_POST" {
		t.Fatalf("got %q, %v", less.Scope, err)
	}
	whole := w.refreshed(t, less.Refresh)
	if whole.Scope != all {
		t.Errorf("asking for less took %q away", all.Without(whole.Scope))
	}
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.SetPermissions("CREATE_POST USE_OAUTH_CLIENTS", w.Clock.Now())
	})
	narrow := w.refreshed(t, whole.Refresh)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("ADMINISTRATOR", w.Clock.Now()) })
	again := w.refreshed(t, narrow.Refresh)
	if want := all.Without("MANAGE_POSTS"); narrow.Scope != want || again.Scope != want {
		t.Errorf("after the loss %q, after the promotion %q; want %q", narrow.Scope, again.Scope, want)
	}
	want := []string{"opened", "refreshed", "refreshed", "narrowed", "refreshed", "refreshed"}
	if diff := cmp.Diff(want, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestResourcesOfARefresh(t *testing.T) {
	req.Covers(t, "R-108", "R-202")
	w := newWorld(t)
	tokens, err := w.code.Execute(t.Context(), redeeming(w.approve(func(a *authorization.Approved) {
		a.Resources = []string{resource, "https://x.example"}
	})))
	if err != nil {
		t.Fatal(err)
	}
	cmd := refreshing(tokens.Refresh)
	cmd.Resources = []string{"https://x.example"}
	one, err := w.refresh.Execute(t.Context(), cmd)
	if err != nil || accessOf(t, one).Audience != "https://x.example" {
		t.Fatalf("one resource: %v, %v", accessOf(t, one).Audience, err)
	}
	if diff := cmp.Diff([]any{resource, "https://x.example"}, accessOf(t, w.refreshed(t, one.Refresh)).Audience); diff != "" {
		t.Errorf("both resources (-want +got):\n%s", diff)
	}
}

func TestAResourceThatTheClientHasLostIsNotServed(t *testing.T) {
	req.Covers(t, "R-108", "R-202")
	w := newWorld(t)
	approve := func() issue.AuthorizationCodeCommand {
		return redeeming(w.approve(func(a *authorization.Approved) { a.Resources = []string{resource} }))
	}
	tokens, err := w.code.Execute(t.Context(), approve())
	if err != nil {
		t.Fatal(err)
	}
	late := approve()
	w.changeClient(func(s *client.Settings) { s.Audiences = nil })
	_, err = w.refresh.Execute(t.Context(), refreshing(tokens.Refresh))
	refusedWith(t, err, oauth.ErrResource)
	_, err = w.code.Execute(t.Context(), late)
	refusedWith(t, err, oauth.ErrResource)

	w.changeClient(func(s *client.Settings) { s.Audiences = []string{resource} })
	w.refreshed(t, tokens.Refresh) // the refused try spent nothing
}

func TestReuseRevokesTheFamily(t *testing.T) {
	req.Covers(t, "R-111")
	w := newWorld(t)
	first := w.opened(t)
	second := w.refreshed(t, first.Refresh)
	_, err := w.refresh.Execute(t.Context(), refreshing(first.Refresh))
	refusedWith(t, err, grant.ErrReused)
	_, err = w.refresh.Execute(t.Context(), refreshing(second.Refresh))
	refusedWith(t, err, grant.ErrRefreshToken)
	want := []string{"opened", "refreshed", "refresh_token_reused", "revoked"}
	if diff := cmp.Diff(want, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestReuseIsCaughtWhateverBefellTheAccount(t *testing.T) {
	req.Covers(t, "R-111")
	w := newWorld(t)
	first := w.opened(t)
	w.refreshed(t, first.Refresh)
	misfortunes["the account is suspended"].befalls(w)
	_, err := w.refresh.Execute(t.Context(), refreshing(first.Refresh))
	refusedWith(t, err, grant.ErrReused)
}

func TestAReuseThatCannotBeSavedIsAnOutage(t *testing.T) {
	req.Covers(t, "R-017", "R-250")
	w, broken := newWorld(t), errors.New("the disk is full")
	first := w.opened(t)
	w.refreshed(t, first.Refresh)
	w.Store.BeforeNextAppend(func() { w.Store.Fail(broken) })
	_, err := w.refresh.Execute(t.Context(), refreshing(first.Refresh))
	outage(t, err, broken)
	w.Store.Fail(nil)
	other := w.opened(t)
	w.Signer.Fail(broken)
	_, err = w.refresh.Execute(t.Context(), refreshing(other.Refresh))
	outage(t, err, broken)
}

func TestNothingIsSpentWhileTheSignerIsAway(t *testing.T) {
	req.Covers(t, "R-017", "R-250")
	w, broken := newWorld(t), errors.New("the signer is away")
	refresh, code, requested := refreshing(w.opened(t).Refresh), redeeming(w.approve()), w.requested("app")
	w.approveDevice(requested)
	for name, exchange := range map[string]func() (issue.Tokens, error){
		"a refresh token": func() (issue.Tokens, error) { return w.refresh.Execute(t.Context(), refresh) },
		"a code":          func() (issue.Tokens, error) { return w.code.Execute(t.Context(), code) },
		"a device code":   func() (issue.Tokens, error) { return w.device.Execute(t.Context(), polling(requested)) },
	} {
		w.Signer.Fail(broken)
		_, err := exchange()
		outage(t, err, broken)
		w.Signer.Fail(nil)
		if _, err := exchange(); err != nil {
			t.Errorf("%s after the outage: %v", name, err)
		}
	}
}

func TestOfParallelRefreshesOneSucceeds(t *testing.T) {
	req.Covers(t, "R-113")
	w := newWorld(t)
	cmd := refreshing(w.opened(t).Refresh)
	const n = 50
	tokens, errs := w.together(n, func() (issue.Tokens, error) { return w.refresh.Execute(t.Context(), cmd) })
	if len(tokens) != 1 {
		t.Fatalf("%d of %d succeeded", len(tokens), n)
	}
	reused := 0
	for _, err := range errs {
		if errors.Is(err, grant.ErrReused) {
			reused++
			continue
		}
		refusedWith(t, err, grant.ErrRefreshToken)
	}
	if reused != 1 {
		t.Errorf("%d of the losers were told of a reuse, want the first", reused)
	}
	want := []string{"opened", "refreshed", "refresh_token_reused", "revoked"}
	if diff := cmp.Diff(want, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestWithinTheWindowParallelRefreshesGetTheSameSuccessor(t *testing.T) {
	req.Covers(t, "R-112", "R-113")
	w := newWorld(t)
	w.Server.ReuseWindow = 10 * time.Second
	cmd := refreshing(w.opened(t).Refresh)
	const n = 50
	tokens, errs := w.together(n, func() (issue.Tokens, error) { return w.refresh.Execute(t.Context(), cmd) })
	if len(tokens) != n {
		t.Fatalf("%d of %d succeeded: %v", len(tokens), n, errs)
	}
	ids := map[string]bool{}
	for _, got := range tokens {
		ids[accessOf(t, got).JTI] = true
		if got.Refresh.Reveal() != tokens[0].Refresh.Reveal() {
			t.Error("two got different successors")
		}
	}
	if len(ids) != n {
		t.Errorf("%d access tokens have %d ids", n, len(ids))
	}
	w.refreshed(t, tokens[0].Refresh)
	_, err := w.refresh.Execute(t.Context(), cmd) // its successor was used
	refusedWith(t, err, grant.ErrReused)
}

func TestTheWindowOfTheClientGoesBeforeTheServers(t *testing.T) {
	req.Covers(t, "R-112")
	long, none := time.Minute, time.Duration(0)
	for name, tc := range map[string]struct {
		own    *time.Duration
		server time.Duration
		after  time.Duration
		want   error
	}{
		"the server's":          {nil, time.Minute, time.Second, nil},
		"none at all":           {nil, 0, 0, grant.ErrReused},
		"the client's is long":  {&long, 0, 59 * time.Second, nil},
		"its end":               {&long, 0, time.Minute, grant.ErrReused},
		"the client wants none": {&none, time.Minute, 0, grant.ErrReused},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Server.ReuseWindow = tc.server
			w.changeClient(func(s *client.Settings) { s.ReuseWindow = tc.own })
			first := w.opened(t)
			second := w.refreshed(t, first.Refresh)
			w.Clock.Pass(tc.after)
			again, err := w.refresh.Execute(t.Context(), refreshing(first.Refresh))
			refusedWith(t, err, tc.want)
			if tc.want == nil && again.Refresh.Reveal() != second.Refresh.Reveal() {
				t.Error("the repeat got another successor")
			}
		})
	}
}
