package issue_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

func TestACodeBuysTokens(t *testing.T) {
	req.Covers(t, "R-107", "R-139", "R-140", "R-146", "R-149", "R-242")
	w := newWorld(t)
	code := w.approve()
	w.Clock.Pass(time.Second)
	tokens, err := w.code.Execute(t.Context(), redeeming(code))
	if err != nil {
		t.Fatal(err)
	}
	at := ledgertest.Noon.Add(time.Second).Unix()
	var access token.AccessClaims
	if signed := read(t, tokens.Access, token.AccessType, &access); signed.Alg != oauth.ES256 {
		t.Errorf("the access token is signed with %s", signed.Alg)
	}
	want := token.AccessClaims{
		Issuer: "https://op.example", Subject: "odin", Audience: "https://api.example", Expires: at + 900, IssuedAt: at,
		JTI: access.JTI, Client: "app", Scope: string(all), Grant: code.ID(), AuthTime: at - 1,
	}
	if diff := cmp.Diff(want, access); diff != "" || access.JTI == "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	var id token.IDClaims
	signed := read(t, tokens.ID, token.IDType, &id)
	sum, verified := sha256.Sum256([]byte(tokens.Access)), true
	wantID := token.IDClaims{
		Issuer: want.Issuer, Subject: "odin", Audience: "app", Expires: want.Expires, IssuedAt: at, AuthTime: at - 1, Nonce: "n-1",
		AMR: []string{"pwd"}, ACR: "1", AccessHash: base64.RawURLEncoding.EncodeToString(sum[:16]), Name: "Name of odin",
		Email: "odin@example.org", EmailVerified: &verified,
	}
	if diff := cmp.Diff(wantID, id); diff != "" || signed.Alg != oauth.RS256 {
		t.Errorf("ID token with %s (-want +got):\n%s", signed.Alg, diff)
	}
	if tokens.Scope != all || tokens.ExpiresIn != 15*time.Minute || tokens.Refresh.ID() != code.ID() || tokens.Refresh.Generation() != 0 {
		t.Errorf("the answer is scope %q for %s", tokens.Scope, tokens.ExpiresIn)
	}
	if diff := cmp.Diff([]string{"approved", "redeemed"}, w.Names(authorization.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestWhatTheFirstTokensAreFor(t *testing.T) {
	req.Covers(t, "R-052", "R-089", "R-108", "R-147")
	for name, tc := range map[string]struct {
		approved  func(*authorization.Approved)
		client    func(*client.Settings)
		resources []string
		scope     oauth.Scope
		audience  any
		refresh   bool
		id        bool
		refused   error
	}{
		"without openid there is no ID token": {
			approved: func(a *authorization.Approved) { a.Scope = "offline_access CREATE_POST" },
			scope:    "offline_access CREATE_POST", audience: "https://api.example", refresh: true,
		},
		"without offline_access there is no refresh token": {
			approved: func(a *authorization.Approved) { a.Scope = "openid" }, scope: "openid", audience: "https://api.example", id: true,
		},
		"a client that may not refresh": {
			client: func(s *client.Settings) { s.Grants = s.Grants[:1] },
			scope:  "openid profile email CREATE_POST MANAGE_POSTS", audience: "https://api.example", id: true,
		},
		"the client may ask for less by now": {
			client: func(s *client.Settings) { s.Allowed = "openid CREATE_POST" },
			scope:  "openid CREATE_POST", audience: "https://api.example", id: true,
		},
		"two resources": {
			approved: func(a *authorization.Approved) {
				a.Scope, a.Resources = "openid", []string{resource, "https://x.example"}
			},
			scope: "openid", audience: []any{resource, "https://x.example"}, id: true,
		},
		"one of two resources": {
			approved: func(a *authorization.Approved) {
				a.Scope, a.Resources = "openid", []string{resource, "https://x.example"}
			},
			resources: []string{resource}, scope: "openid", audience: resource, id: true,
		},
		"a resource that was not approved": {
			approved:  func(a *authorization.Approved) { a.Resources = []string{resource} },
			resources: []string{"https://x.example"}, refused: issue.ErrTarget,
		},
		"an ID token with the algorithm of the client": {
			approved: func(a *authorization.Approved) { a.Scope = "openid" },
			client:   func(s *client.Settings) { s.IDTokenAlg = oauth.EdDSA }, scope: "openid", audience: "https://api.example", id: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.approved == nil {
				tc.approved = func(*authorization.Approved) {}
			}
			if tc.client != nil {
				w.changeClient(tc.client)
			}
			cmd := redeeming(w.approve(tc.approved))
			cmd.Resources = tc.resources
			tokens, err := w.code.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.refused)
			if tc.refused != nil {
				return
			}
			access := accessOf(t, tokens)
			if access.Scope != string(tc.scope) || tokens.Scope != tc.scope || (tokens.ID != "") != tc.id || tokens.Refresh.IsZero() == tc.refresh {
				t.Errorf("scope %q, ID token %v, refresh token %v", tokens.Scope, tokens.ID != "", !tokens.Refresh.IsZero())
			}
			if diff := cmp.Diff(tc.audience, access.Audience); diff != "" {
				t.Errorf("audience (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheHashOfTheAccessTokenFollowsTheAlgorithm(t *testing.T) {
	req.Covers(t, "R-147", "R-151")
	w := newWorld(t)
	w.changeClient(func(s *client.Settings) { s.IDTokenAlg = oauth.EdDSA })
	tokens := w.opened(t)
	var id token.IDClaims
	signed := read(t, tokens.ID, token.IDType, &id)
	sum := sha512.Sum512([]byte(tokens.Access))
	if want := base64.RawURLEncoding.EncodeToString(sum[:32]); id.AccessHash != want || signed.Alg != oauth.EdDSA {
		t.Errorf("at_hash %s with %s, want %s with EdDSA", id.AccessHash, signed.Alg, want)
	}
}

func TestProfileClaimsFollowTheScopeAndTheSetting(t *testing.T) {
	req.Covers(t, "R-150")
	w := newWorld(t)
	only, err := w.code.Execute(t.Context(), redeeming(w.approve(func(a *authorization.Approved) { a.Scope = "openid" })))
	if err != nil {
		t.Fatal(err)
	}
	w.Server.ProfileInID = false
	for name, tokens := range map[string]issue.Tokens{"openid alone": only, "the setting is off": w.opened(t)} {
		var id token.IDClaims
		read(t, tokens.ID, token.IDType, &id)
		if id.Name != "" || id.Email != "" || id.EmailVerified != nil {
			t.Errorf("%s: the ID token says %+v", name, id)
		}
	}
}

func TestCodesThatBuyNothing(t *testing.T) {
	req.Covers(t, "R-041", "R-069", "R-076", "R-098", "R-102", "R-105")
	for name, tc := range map[string]struct {
		change  func(*world, *issue.AuthorizationCodeCommand)
		refused error
	}{
		"no code":       {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Code = "" }, authorization.ErrCode},
		"a forged code": {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Code = "A" + c.Code[1:] }, authorization.ErrCode},
		"a refresh token": {func(w *world, c *issue.AuthorizationCodeCommand) {
			c.Code = w.Keys.Mint(oauth.RefreshToken, w.Entropy.ID(), 0, [32]byte{}).Reveal()
		}, authorization.ErrCode},
		"a code of no one": {func(w *world, c *issue.AuthorizationCodeCommand) {
			c.Code = w.Keys.Mint(oauth.AuthorizationCode, w.Entropy.ID(), 0, [32]byte{}).Reveal()
		}, authorization.ErrCode},
		"another client":      {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Client.ID = "other" }, authorization.ErrCode},
		"another redirect":    {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Redirect += "x" }, authorization.ErrCode},
		"no redirect":         {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Redirect = "" }, authorization.ErrCode},
		"an expired code":     {func(w *world, _ *issue.AuthorizationCodeCommand) { w.Clock.Pass(time.Minute) }, authorization.ErrCode},
		"a wrong verifier":    {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Verifier = "X" + c.Verifier[1:] }, authorization.ErrVerifier},
		"no verifier":         {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Verifier = "" }, authorization.ErrVerifier},
		"a wrong secret":      {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Client.Secret = "x" }, client.ErrAuthentication},
		"an unknown client":   {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Client.ID = "nobody" }, client.ErrAuthentication},
		"a wrong secret, too": {func(_ *world, c *issue.AuthorizationCodeCommand) { c.Client.Secret, c.Code = "x", "bad" }, client.ErrAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cmd := redeeming(w.approve())
			tc.change(w, &cmd)
			tokens, err := w.code.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.refused)
			if diff := cmp.Diff(issue.Tokens{}, tokens, cmp.AllowUnexported(oauth.Opaque{})); diff != "" || len(w.Names(grant.Kind)) > 0 {
				t.Errorf("something was issued:\n%s", diff)
			}
		})
	}
}

func TestBetweenApprovalAndRedemption(t *testing.T) {
	req.Covers(t, "R-045", "R-094", "R-116")
	strikes(t, func(t *testing.T, w *world, strike func(), refused error) {
		cmd := redeeming(w.approve())
		strike()
		_, err := w.code.Execute(t.Context(), cmd)
		refusedWith(t, err, refused)
		if n := len(w.Names(grant.Kind)); n > 0 {
			t.Errorf("the grant has %d facts", n)
		}
	})
}

func TestFiveWrongVerifiersSpendTheCode(t *testing.T) {
	req.Covers(t, "R-076")
	w := newWorld(t)
	cmd := redeeming(w.approve())
	for range 5 {
		wrong := cmd
		wrong.Verifier = "X" + cmd.Verifier[1:]
		_, err := w.code.Execute(t.Context(), wrong)
		refusedWith(t, err, authorization.ErrVerifier)
	}
	_, err := w.code.Execute(t.Context(), cmd)
	refusedWith(t, err, authorization.ErrCode)
}

func TestAReplayRevokesWhatTheCodeOpened(t *testing.T) {
	req.Covers(t, "R-104", "R-105")
	w := newWorld(t)
	cmd := redeeming(w.approve())
	tokens, err := w.code.Execute(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	strange := cmd
	strange.Client.ID = "other"
	_, err = w.code.Execute(t.Context(), strange)
	refusedWith(t, err, authorization.ErrCode)
	if diff := cmp.Diff([]string{"opened"}, w.Names(grant.Kind)); diff != "" {
		t.Errorf("another client's replay (-want +got):\n%s", diff)
	}
	_, err = w.code.Execute(t.Context(), cmd)
	refusedWith(t, err, authorization.ErrReplayed)
	if diff := cmp.Diff([]string{"opened", "code_replayed", "revoked"}, w.Names(grant.Kind)); diff != "" {
		t.Errorf("its own client's replay (-want +got):\n%s", diff)
	}
	_, err = w.refresh.Execute(t.Context(), issue.RefreshTokenCommand{Client: app, Token: tokens.Refresh.Reveal()})
	refusedWith(t, err, grant.ErrRefreshToken)
}

func TestOfParallelRedemptionsOneSucceeds(t *testing.T) {
	req.Covers(t, "R-103", "R-106", "R-250")
	w := newWorld(t)
	cmd := redeeming(w.approve())
	const n = 8
	tokens, errs := w.together(n, func() (issue.Tokens, error) { return w.code.Execute(t.Context(), cmd) })
	if len(tokens) != 1 {
		t.Fatalf("%d of %d succeeded", len(tokens), n)
	}
	for _, err := range errs {
		refusedWith(t, err, authorization.ErrReplayed)
	}
	if diff := cmp.Diff([]string{"opened", "code_replayed", "revoked"}, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestAnOutageSaysNothingAboutTheCode(t *testing.T) {
	req.Covers(t, "R-017", "R-100")
	w, broken := newWorld(t), errors.New("the store is away")
	cmd := redeeming(w.approve())
	w.Store.Fail(broken)
	_, err := w.code.Execute(t.Context(), cmd)
	outage(t, err, broken)
	w.Store.Fail(nil)
	w.Store.BeforeNextAppend(func() { w.Store.Fail(broken) })
	_, err = w.code.Execute(t.Context(), cmd)
	outage(t, err, broken)
	w.Store.Fail(nil)
	if _, err := w.code.Execute(t.Context(), cmd); err != nil {
		t.Errorf("after the outage: %v", err)
	}
	w.Signer.Fail(broken)
	_, err = w.code.Execute(t.Context(), redeeming(w.approve()))
	outage(t, err, broken)
}

func TestAPermissionThatWasLostMeanwhileIsNotIssued(t *testing.T) {
	req.Covers(t, "R-118")
	w := newWorld(t)
	cmd := redeeming(w.approve())
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.SetPermissions("CREATE_POST USE_OAUTH_CLIENTS", w.Clock.Now())
	})
	tokens, err := w.code.Execute(t.Context(), cmd)
	if err != nil || tokens.Scope.Has("MANAGE_POSTS") || !tokens.Scope.Has("CREATE_POST") {
		t.Errorf("got %q, %v", tokens.Scope, err)
	}
}

func TestNothingIsSpentThatCannotBuyAnythingNow(t *testing.T) {
	w := newWorld(t)
	code, deviceCode := w.approve(), w.requested("app")
	w.approveDevice(deviceCode)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })

	_, err := w.code.Execute(t.Context(), redeeming(code))
	refusedWith(t, err, account.ErrNotServed)
	_, err = w.device.Execute(t.Context(), polling(deviceCode))
	refusedWith(t, err, account.ErrNotServed)

	w.ChangeAccount("odin", func(a *account.Account) error { return a.Reinstate(w.Clock.Now()) })
	w.Clock.Pass(10 * time.Second)
	if _, err = w.code.Execute(t.Context(), redeeming(code)); err != nil {
		t.Errorf("the code of a reinstated account: %v", err)
	}
	if _, err = w.device.Execute(t.Context(), polling(deviceCode)); err != nil {
		t.Errorf("the device code of a reinstated account: %v", err)
	}
}
