package issue_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

func TestAClientGetsATokenOfItsOwn(t *testing.T) {
	req.Covers(t, "R-119", "R-120")
	w := newWorld(t)
	tokens, err := w.own.Execute(t.Context(), issue.ClientCredentialsCommand{Client: app})
	if err != nil {
		t.Fatal(err)
	}
	access := accessOf(t, tokens)
	at := ledgertest.Noon.Unix()
	want := token.AccessClaims{
		Issuer: "https://op.example", Subject: "odin", Audience: "https://api.example", Expires: at + 900, IssuedAt: at,
		JTI: access.JTI, Client: "app", Scope: "CREATE_POST MANAGE_POSTS",
	}
	if diff := cmp.Diff(want, access); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if tokens.ID != "" || !tokens.Refresh.IsZero() || string(tokens.Scope) != want.Scope {
		t.Errorf("it got more than an access token, for %q", tokens.Scope)
	}
	if diff := cmp.Diff([]string{"issued"}, w.Names(token.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestScopeAndAudienceOfAClientsOwnToken(t *testing.T) {
	req.Covers(t, "R-120", "R-121", "R-202")
	ownerless := client.Credentials{ID: "robot", Method: oauth.AuthClientSecretPost, Secret: "secret"}
	for name, tc := range map[string]struct {
		cmd      issue.ClientCredentialsCommand
		scope    string
		subject  string
		audience any
	}{
		"one permission":      {issue.ClientCredentialsCommand{Client: app, Scope: "MANAGE_POSTS"}, "MANAGE_POSTS", "odin", "https://api.example"},
		"standard scopes":     {issue.ClientCredentialsCommand{Client: app, Scope: "openid offline_access MANAGE_POSTS"}, "MANAGE_POSTS", "odin", "https://api.example"},
		"a resource":          {issue.ClientCredentialsCommand{Client: app, Resources: []string{resource}}, "CREATE_POST MANAGE_POSTS", "odin", resource},
		"one without owner":   {issue.ClientCredentialsCommand{Client: ownerless}, "CREATE_POST MANAGE_ROLES", "robot", "https://api.example"},
		"its scope, in order": {issue.ClientCredentialsCommand{Client: ownerless, Scope: "MANAGE_ROLES CREATE_POST"}, "CREATE_POST MANAGE_ROLES", "robot", "https://api.example"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Client("robot", "", client.Settings{
				Name: "Robot", Confidential: true, AuthMethod: oauth.AuthClientSecretPost, Policy: oauth.Explicit,
				Grants: []oauth.GrantType{oauth.ClientCredentialsGrant}, Allowed: "CREATE_POST MANAGE_ROLES",
			})
			tokens, err := w.own.Execute(t.Context(), tc.cmd)
			if err != nil {
				t.Fatal(err)
			}
			if got := accessOf(t, tokens); got.Scope != tc.scope || got.Subject != tc.subject || got.Audience != tc.audience {
				t.Errorf("got %q of %s for %v", got.Scope, got.Subject, got.Audience)
			}
		})
	}
}

func TestClientsThatGetNoTokenOfTheirOwn(t *testing.T) {
	req.Covers(t, "R-094", "R-098", "R-119", "R-202")
	changed := func(change func(*account.Account, *world) error) func(*world, *issue.ClientCredentialsCommand) {
		return func(w *world, _ *issue.ClientCredentialsCommand) {
			w.ChangeAccount("odin", func(a *account.Account) error { return change(a, w) })
		}
	}
	for name, tc := range map[string]struct {
		change  func(*world, *issue.ClientCredentialsCommand)
		refused error
	}{
		"a wrong secret": {func(_ *world, c *issue.ClientCredentialsCommand) { c.Client.Secret = "x" }, client.ErrAuthentication},
		"wrong in all":   {func(_ *world, c *issue.ClientCredentialsCommand) { c.Client.Secret, c.Scope = "x", "x" }, client.ErrAuthentication},
		"another grant type": {func(w *world, _ *issue.ClientCredentialsCommand) {
			w.changeClient(func(s *client.Settings) { s.Grants = s.Grants[:2] })
		}, client.ErrGrantType},
		"an unknown word":      {func(_ *world, c *issue.ClientCredentialsCommand) { c.Scope = "everything" }, oauth.ErrUnknownScope},
		"a word not allowed":   {func(_ *world, c *issue.ClientCredentialsCommand) { c.Scope = "MANAGE_ROLES" }, oauth.ErrScopeNotAllowed},
		"another resource":     {func(_ *world, c *issue.ClientCredentialsCommand) { c.Resources = []string{"https://y.example"} }, oauth.ErrResource},
		"a suspended owner":    {changed(func(a *account.Account, w *world) error { return a.Suspend(w.Clock.Now()) }), issue.ErrOwner},
		"an owner who is gone": {changed(func(a *account.Account, w *world) error { return a.Delete(w.Clock.Now()) }), issue.ErrOwner},
		"a deleted client": {func(w *world, _ *issue.ClientCredentialsCommand) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, client.ErrAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cmd := issue.ClientCredentialsCommand{Client: app}
			tc.change(w, &cmd)
			_, err := w.own.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.refused)
			if n := len(w.Names(token.Kind)); n > 0 {
				t.Errorf("%d issuances were recorded", n)
			}
		})
	}
}

func TestAnIssuanceRestsOnTheOwnersPresentState(t *testing.T) {
	req.Covers(t, "R-094")
	w := newWorld(t)
	w.Store.BeforeNextAppend(func() { misfortunes["the account is suspended"].befalls(w) })
	_, err := w.own.Execute(t.Context(), issue.ClientCredentialsCommand{Client: app})
	refusedWith(t, err, issue.ErrOwner)
}

func TestAnOutageSaysNothingAboutTheClient(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	w.Store.Fail(broken)
	_, err := w.own.Execute(t.Context(), issue.ClientCredentialsCommand{Client: app})
	outage(t, err, broken)
	w.Store.Fail(nil)
	w.Signer.Fail(broken)
	_, err = w.own.Execute(t.Context(), issue.ClientCredentialsCommand{Client: app})
	outage(t, err, broken)
}
