package revoke_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/revoke"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

var settings = client.Settings{
	Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{"https://app.example/cb"}, Allowed: "openid offline_access",
	Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant},
}

var app = client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "secret"}

type world struct {
	*ledgertest.World
	token   *revoke.Token
	grant   *revoke.Grant
	refresh oauth.Opaque // of the grant that odin gave to app
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t)}
	w.Account("odin", "")
	w.Client("app", "", settings)
	w.Client("other", "", settings)
	w.token = revoke.NewToken(w.Ledger, w.Signer, w.Keys, w.Clock)
	w.grant = revoke.NewGrant(w.Ledger, w.Clock)
	w.refresh = w.Keys.Mint(oauth.RefreshToken, w.Entropy.ID(), 0, [32]byte{5})
	g := grant.Named(w.refresh.ID())
	w.Decide(func() error {
		return g.Open(grant.Opening{
			Client: "app", Account: "odin", Scope: "offline_access", Refresh: w.refresh, Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
		})
	}, g)
	return w
}

// access makes an access token of app, as change makes it.
func (w *world) access(t *testing.T, change func(*token.AccessClaims)) string {
	t.Helper()
	claims := token.AccessClaims{
		Issuer: w.Server.Issuer, JTI: "j-1", Client: "app", Subject: "odin", Expires: w.Clock.Now().Add(time.Minute).Unix(), Grant: w.refresh.ID(),
	}
	if change != nil {
		change(&claims)
	}
	s, err := w.Signer.Sign(t.Context(), oauth.ES256, token.AccessType, claims)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRevokingATokenAsAClient(t *testing.T) {
	req.Covers(t, "R-164", "R-165", "R-169")
	for name, tc := range map[string]struct {
		client  client.Credentials
		token   func(*testing.T, *world) string
		grant   []string
		access  []string
		refused error
	}{
		"its refresh token": {
			app, func(_ *testing.T, w *world) string { return w.refresh.Reveal() }, []string{"opened", "revoked"}, nil, nil,
		},
		"its access token": {
			app, func(t *testing.T, w *world) string { return w.access(t, nil) }, []string{"opened"}, []string{"revoked"}, nil,
		},
		"another client's refresh token": {
			client.Credentials{ID: "other", Method: app.Method, Secret: "secret"},
			func(_ *testing.T, w *world) string { return w.refresh.Reveal() },
			[]string{"opened"},
			nil, nil,
		},
		"another client's access token": {
			client.Credentials{ID: "other", Method: app.Method, Secret: "secret"},
			func(t *testing.T, w *world) string { return w.access(t, nil) },
			[]string{"opened"},
			nil, nil,
		},
		"an expired access token": {
			app, func(t *testing.T, w *world) string {
				return w.access(t, func(c *token.AccessClaims) { c.Expires = w.Clock.Now().Unix() })
			}, []string{"opened"}, nil, nil,
		},
		"nonsense": {app, func(*testing.T, *world) string { return "nonsense" }, []string{"opened"}, nil, nil},
		"nothing":  {app, func(*testing.T, *world) string { return "" }, []string{"opened"}, nil, nil},
		"a forged refresh token": {
			app, func(_ *testing.T, w *world) string { return "A" + w.refresh.Reveal()[1:] }, []string{"opened"}, nil, nil,
		},
		"a wrong secret, a refresh token": {
			client.Credentials{ID: "app", Method: app.Method, Secret: "x"},
			func(_ *testing.T, w *world) string { return w.refresh.Reveal() },
			[]string{"opened"},
			nil, client.ErrAuthentication,
		},
		"a wrong secret, nonsense": {
			client.Credentials{ID: "app", Method: app.Method, Secret: "x"},
			func(*testing.T, *world) string { return "nonsense" },
			[]string{"opened"},
			nil, client.ErrAuthentication,
		},
		"an unknown client, an access token": {
			client.Credentials{ID: "nobody"}, func(t *testing.T, w *world) string { return w.access(t, nil) }, []string{"opened"}, nil, client.ErrAuthentication,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cmd := revoke.TokenCommand{Client: tc.client, Token: tc.token(t, w)}
			for range 2 { // doing it again changes nothing
				if err := w.token.Execute(t.Context(), cmd); !errors.Is(err, tc.refused) {
					t.Errorf("got %v, want %v", err, tc.refused)
				}
			}
			if diff := cmp.Diff(tc.grant, w.Names(grant.Kind)); diff != "" {
				t.Errorf("the grant (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.access, w.Names(token.RevocationKind)); diff != "" {
				t.Errorf("the access token (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASpentRefreshTokenStillRevokesItsGrant(t *testing.T) {
	req.Covers(t, "R-164")
	w := newWorld(t)
	g := grant.Named(w.refresh.ID())
	w.Decide(func() error {
		_, err := g.Refresh(grant.Refresh{
			Client: "app", Token: w.refresh, Salt: []byte("s"), Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
			Allowance: oauth.Allowance{Allowed: "offline_access"},
		})
		return err
	}, g)
	if err := w.token.Execute(t.Context(), revoke.TokenCommand{Client: app, Token: w.refresh.Reveal()}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"opened", "refreshed", "revoked"}, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestAnOutageIsNotARevocation(t *testing.T) {
	req.Covers(t, "R-017", "R-168")
	w, broken := newWorld(t), errors.New("away")
	access := w.access(t, nil)
	for name, tc := range map[string]struct {
		token string
		fail  func(error)
	}{
		"the store, a refresh token":  {w.refresh.Reveal(), w.Store.Fail},
		"the store, an access token":  {access, w.Store.Fail},
		"the signer, an access token": {access, w.Signer.Fail},
	} {
		tc.fail(broken)
		err := w.token.Execute(t.Context(), revoke.TokenCommand{Client: app, Token: tc.token})
		var refusal *oauth.Error
		if !errors.Is(err, broken) || errors.As(err, &refusal) {
			t.Errorf("%s: got %v, want the outage", name, err)
		}
		tc.fail(nil)
	}
}

func TestRevokingAGrantAsAPerson(t *testing.T) {
	odin, loki := &session.Visitor{Account: "odin"}, &session.Visitor{Account: "loki"}
	for name, tc := range map[string]struct {
		cmd     func(*world) revoke.GrantCommand
		refused error
		reason  grant.Reason
	}{
		"its owner":         {func(w *world) revoke.GrantCommand { return revoke.GrantCommand{Grant: w.refresh.ID(), Visitor: odin} }, nil, grant.ByOwner},
		"whoever runs this": {func(w *world) revoke.GrantCommand { return revoke.GrantCommand{Grant: w.refresh.ID()} }, nil, grant.ByAdmin},
		"somebody else":     {func(w *world) revoke.GrantCommand { return revoke.GrantCommand{Grant: w.refresh.ID(), Visitor: loki} }, revoke.ErrGrant, ""},
		"no such grant":     {func(*world) revoke.GrantCommand { return revoke.GrantCommand{Grant: "g-1", Visitor: odin} }, revoke.ErrGrant, ""},
		"no grant at all":   {func(*world) revoke.GrantCommand { return revoke.GrantCommand{} }, revoke.ErrGrant, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 2 {
				if err := w.grant.Execute(t.Context(), tc.cmd(w)); !errors.Is(err, tc.refused) {
					t.Errorf("got %v, want %v", err, tc.refused)
				}
			}
			g := grant.Named(w.refresh.ID())
			w.Load(g)
			if got := g.View().Reason; got != tc.reason {
				t.Errorf("revoked because of %q, want %q", got, tc.reason)
			}
		})
	}
}
