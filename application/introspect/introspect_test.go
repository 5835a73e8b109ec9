package introspect_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/introspect"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

func confidential(audiences ...string) client.Settings {
	return client.Settings{
		Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
		RedirectURIs: []oauth.RedirectURI{"https://app.example/cb"}, Allowed: "openid offline_access", Audiences: audiences,
		Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant},
	}
}

func as(id oauth.ClientID) client.Credentials {
	if id == "spa" {
		return client.Credentials{ID: id, Method: oauth.AuthNone}
	}
	return client.Credentials{ID: id, Method: oauth.AuthClientSecretBasic, Secret: "secret"}
}

// world is one in which odin gave app a grant; api is a resource server, other is a stranger and
// spa a public client.
type world struct {
	*ledgertest.World
	token    *introspect.Token
	userInfo *introspect.UserInfo
	refresh  oauth.Opaque
	claims   token.AccessClaims
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t)}
	w.Account("odin", "CREATE_POST USE_OAUTH_CLIENTS")
	w.Client("app", "odin", confidential())
	w.Client("other", "odin", confidential("https://x.example"))
	w.Client("api", "odin", confidential("https://api.example"))
	spa := confidential("https://api.example")
	spa.Confidential, spa.AuthMethod = false, oauth.AuthNone
	w.Client("spa", "", spa)
	w.token = introspect.NewToken(w.Ledger, w.Signer, w.Server, w.Keys, w.Clock)
	w.userInfo = introspect.NewUserInfo(w.Ledger, w.Signer, w.Server, w.Clock)
	w.refresh = w.Keys.Mint(oauth.RefreshToken, w.Entropy.ID(), 0, [32]byte{5})
	g := grant.Named(w.refresh.ID())
	w.Decide(func() error {
		return g.Open(grant.Opening{
			Client: "app", Account: "odin", Scope: "openid offline_access", Refresh: w.refresh, Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
		})
	}, g)
	now := w.Clock.Now()
	w.claims = token.AccessClaims{
		Issuer: w.Server.Issuer, Subject: "odin", Audience: "https://api.example", Expires: now.Add(time.Minute).Unix(),
		IssuedAt: now.Unix(), JTI: "j-1", Client: "app", Scope: "openid profile email", Grant: w.refresh.ID(),
	}
	return w
}

func (w *world) sign(t *testing.T, typ string) string {
	t.Helper()
	s, err := w.Signer.Sign(t.Context(), oauth.ES256, typ, w.claims)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) ask(t *testing.T, c oauth.ClientID, s string) introspect.Answer {
	t.Helper()
	answer, err := w.token.Execute(t.Context(), introspect.TokenQuery{Client: as(c), Token: s})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.Active {
		if diff := cmp.Diff(introspect.Answer{}, answer); diff != "" {
			t.Errorf("a token that is not live tells (-want +got):\n%s", diff)
		}
	}
	return answer
}

func TestWhatIsToldOfALiveAccessToken(t *testing.T) {
	req.Covers(t, "R-149", "R-160")
	w := newWorld(t)
	want := introspect.Answer{
		Active: true, Scope: "openid profile email", Client: "app", Subject: "odin", Expires: w.claims.Expires,
		IssuedAt: w.claims.IssuedAt, Audience: "https://api.example", JTI: "j-1", Grant: w.refresh.ID(), TokenType: "Bearer",
	}
	if diff := cmp.Diff(want, w.ask(t, "app", w.sign(t, token.AccessType))); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestWhoIsToldOfAToken(t *testing.T) {
	req.Covers(t, "R-157", "R-160", "R-161")
	w := newWorld(t)
	access, refresh := w.sign(t, token.AccessType), w.refresh.Reveal()
	w.claims.Client = "spa"
	publics := w.sign(t, token.AccessType)
	for name, tc := range map[string]struct {
		client oauth.ClientID
		token  string
		want   bool
	}{
		"its own client":                                {"app", access, true},
		"a resource server that it is for":              {"api", access, true},
		"a resource server that it is not for":          {"other", access, false},
		"a public client of its audience":               {"spa", access, false},
		"a public client, its own":                      {"spa", publics, true},
		"a refresh token, its own client":               {"app", refresh, true},
		"a refresh token, a resource server":            {"api", refresh, false},
		"a refresh token, a stranger":                   {"other", refresh, false},
		"a refresh token, a public client":              {"spa", refresh, false},
		"a token of a public client, a resource server": {"api", publics, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.ask(t, tc.client, tc.token).Active; got != tc.want {
				t.Errorf("active %v, want %v", got, tc.want)
			}
		})
	}
}

func TestWhoMayNotAskAtAll(t *testing.T) {
	req.Covers(t, "R-045", "R-157")
	w := newWorld(t)
	for name, s := range map[string]string{"an access token": w.sign(t, token.AccessType), "a refresh token": w.refresh.Reveal(), "nonsense": "x"} {
		for who, cred := range map[string]client.Credentials{
			"a wrong secret": {ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "x"},
			"nobody":         {}, "no secret": {ID: "app", Method: oauth.AuthNone},
		} {
			answer, err := w.token.Execute(t.Context(), introspect.TokenQuery{Client: cred, Token: s})
			if !errors.Is(err, client.ErrAuthentication) || answer.Active {
				t.Errorf("%s, %s: %+v, %v", who, name, answer, err)
			}
		}
	}
}

// What ends a token before its time, and what does not (RFC 7662 §2.2).
var ends = map[string]struct {
	befall       func(*world)
	access, live bool // whether the access token and the refresh token are live afterwards
}{
	"nothing":                  {func(*world) {}, true, true},
	"the access token expires": {func(w *world) { w.Clock.Pass(time.Minute) }, false, true},
	"the grant is revoked":     {func(w *world) { w.changeGrant(func(g *grant.Grant) { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()) }) }, true, false},
	"the grant was compromised": {func(w *world) {
		w.changeGrant(func(g *grant.Grant) { g.Revoke(grant.ByTokenReuse, "", w.Clock.Now()) })
	}, false, false},
	"the code came back": {func(w *world) { w.changeGrant(func(g *grant.Grant) { g.ReplayCode(w.Clock.Now()) }) }, false, false},
	"the account is suspended": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	}, false, false},
	"the account is erased": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	}, false, false},
	"the access token itself is gone": {func(w *world) { w.revokeAccess() }, false, true},
	"the permissions of odin are gone": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("", w.Clock.Now()) })
	}, true, false},
	"the client may not refresh any more": {func(w *world) {
		w.ChangeClient("app", func(c *client.Client) error {
			s := c.View().Settings
			s.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant}
			return c.Change(s, w.Clock.Now())
		})
	}, true, false},
}

func (w *world) changeGrant(change func(*grant.Grant)) {
	g := grant.Named(w.refresh.ID())
	w.Decide(func() error { change(g); return nil }, g)
}

func (w *world) revokeAccess() {
	r := token.RevocationOf("j-1")
	w.Decide(func() error { r.Revoke("app", w.Clock.Now().Add(time.Minute), w.Clock.Now()); return nil }, r)
}

func TestWhatEndsAToken(t *testing.T) {
	req.Covers(t, "R-104", "R-141", "R-156", "R-158")
	for name, tc := range ends {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			access := w.sign(t, token.AccessType)
			tc.befall(w)
			if got := w.ask(t, "api", access).Active; got != tc.access {
				t.Errorf("the access token is active: %v, want %v", got, tc.access)
			}
			if got := w.ask(t, "app", w.refresh.Reveal()).Active; got != tc.live {
				t.Errorf("the refresh token is active: %v, want %v", got, tc.live)
			}
			_, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(access)})
			if (err == nil) != tc.access || err != nil && !errors.Is(err, oauth.ErrTokenInvalid) {
				t.Errorf("userinfo says %v", err)
			}
		})
	}
}

func TestWhatIsNoAccessToken(t *testing.T) {
	req.Covers(t, "R-142", "R-156", "R-158", "R-242")
	for name, tc := range map[string]struct {
		change func(*token.AccessClaims)
		typ    string
	}{
		"an ID token":         {func(*token.AccessClaims) {}, token.IDType},
		"of another issuer":   {func(c *token.AccessClaims) { c.Issuer = "https://other.example" }, token.AccessType},
		"without an end":      {func(c *token.AccessClaims) { c.Expires = 0 }, token.AccessType},
		"that ended long ago": {func(c *token.AccessClaims) { c.Expires = -1 }, token.AccessType},
		"without an id":       {func(c *token.AccessClaims) { c.JTI = "" }, token.AccessType},
		"of nobody":           {func(c *token.AccessClaims) { c.Subject = "loki" }, token.AccessType},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.change(&w.claims)
			s := w.sign(t, tc.typ)
			if w.ask(t, "app", s).Active {
				t.Error("it is active")
			}
			_, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(s)})
			if !errors.Is(err, oauth.ErrTokenInvalid) {
				t.Errorf("userinfo says %v", err)
			}
		})
	}
	w := newWorld(t)
	if w.ask(t, "app", "nonsense").Active || w.ask(t, "app", "").Active {
		t.Error("nonsense is active")
	}
}

func TestATokenOfAClientItself(t *testing.T) {
	req.Covers(t, "R-120", "R-156")
	w := newWorld(t)
	w.claims.Grant, w.claims.Scope = "", "openid CREATE_POST"
	owned := w.sign(t, token.AccessType)
	w.claims.Subject, w.claims.Client = "spa", "spa"
	ownerless := w.sign(t, token.AccessType)
	if !w.ask(t, "app", owned).Active || !w.ask(t, "spa", ownerless).Active {
		t.Error("a client's own token is not active")
	}
	for _, s := range []string{owned, ownerless} {
		_, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(s)})
		if !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("userinfo says %v", err)
		}
	}
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	if w.ask(t, "app", owned).Active {
		t.Error("the token of a suspended owner's client is active")
	}
}

func TestClaimsFollowTheScope(t *testing.T) {
	req.Covers(t, "R-149", "R-154")
	for scope, want := range map[string]introspect.Claims{
		"openid":               {Subject: "odin"},
		"openid profile":       {Subject: "odin", Name: "Name of odin", Handle: "odin", Updated: ledgertest.Noon.Unix()},
		"openid email":         {Subject: "odin", Email: "odin@example.org", EmailVerified: true},
		"openid phone address": {Subject: "odin"},
	} {
		w := newWorld(t)
		w.claims.Scope, w.claims.Audience = scope, "https://elsewhere.example"
		got, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(w.sign(t, token.AccessType))})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", scope, err, diff)
		}
	}
	w := newWorld(t)
	w.claims.Scope = "profile email"
	_, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(w.sign(t, token.AccessType))})
	if !errors.Is(err, introspect.ErrNeedsOpenID) {
		t.Errorf("without openid: %v", err)
	}
}

func TestAnOutageIsNotAnInactiveToken(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("away")
	access := w.sign(t, token.AccessType)
	for name, tc := range map[string]struct {
		token string
		fail  func(error)
	}{
		"the store, an access token": {access, w.Store.Fail}, "the store, a refresh token": {w.refresh.Reveal(), w.Store.Fail},
		"the store, nonsense": {"x", w.Store.Fail}, "the signer, an access token": {access, w.Signer.Fail},
	} {
		tc.fail(broken)
		answer, err := w.token.Execute(t.Context(), introspect.TokenQuery{Client: as("app"), Token: tc.token})
		var refusal *oauth.Error
		if !errors.Is(err, broken) || errors.As(err, &refusal) {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
		tc.fail(nil)
	}
	w.Store.Fail(broken)
	_, err := w.userInfo.Execute(t.Context(), introspect.UserInfoQuery{Token: oauth.Secret(access)})
	var refusal *oauth.Error
	if !errors.Is(err, broken) || errors.As(err, &refusal) {
		t.Errorf("userinfo: %v", err)
	}
}

func TestARefreshTokenIsToldUntilItIsSpent(t *testing.T) {
	req.Covers(t, "R-160")
	w := newWorld(t)
	want := introspect.Answer{
		Active: true, Scope: "openid offline_access", Client: "app", Subject: "odin", Grant: w.refresh.ID(),
		IssuedAt: ledgertest.Noon.Unix(), Expires: ledgertest.Noon.Add(w.Server.Lifetimes.Idle).Unix(),
	}
	if diff := cmp.Diff(want, w.ask(t, "app", w.refresh.Reveal())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	w.Clock.Pass(time.Hour)
	next := w.refresh.Successor([]byte("s"))
	w.changeGrant(func(g *grant.Grant) {
		_, _ = g.Refresh(grant.Refresh{
			Client: "app", Token: w.refresh, Salt: []byte("s"), Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
			Allowance: oauth.Allowance{Allowed: "openid offline_access"},
		})
	})
	if w.ask(t, "app", w.refresh.Reveal()).Active {
		t.Error("the spent one is active")
	}
	if got := w.ask(t, "app", next.Reveal()); !got.Active || got.IssuedAt != w.Clock.Now().Unix() {
		t.Errorf("its successor: %+v", got)
	}
}
