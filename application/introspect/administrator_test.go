package introspect_test

import (
	"errors"
	"testing"
	"time"

	"writ/application/introspect"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/token"
)

// admin is a world in which odin administers, and app has a token of odin's that may.
type admin struct {
	*world

	uc *introspect.Administrator
}

func newAdmin(t *testing.T) *admin {
	t.Helper()
	w := &admin{world: newWorld(t)}
	w.permit(oauth.Administrator)
	w.uc = introspect.NewAdministrator(w.Ledger, w.Signer, w.Server, w.Clock)
	w.claims.Audience, w.claims.Scope = w.Server.Issuer, oauth.Administrator
	return w
}

func (w *admin) permit(words ...string) {
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions(oauth.NewScope(words...), w.Clock.Now()) })
}

func (w *admin) wants(t *testing.T, q introspect.AdministratorQuery, want error) {
	t.Helper()
	who, err := w.uc.Execute(t.Context(), q)
	if !errors.Is(err, want) || want != nil && who != "" || want == nil && who != "odin" {
		t.Errorf("answers %q, %v; want %v", who, err, want)
	}
}

func TestWhoseTokenAdministers(t *testing.T) {
	for name, tc := range map[string]struct {
		befall func(*testing.T, *admin)
		typ    string
		want   error
	}{
		"one with the scope": {},
		"one for several audiences": {befall: func(_ *testing.T, w *admin) {
			w.claims.Audience = []string{"https://api.example", w.Server.Issuer}
		}},
		"one of the client itself, which odin owns": {befall: func(_ *testing.T, w *admin) { w.claims.Grant = "" }},
		"one without the scope": {
			befall: func(_ *testing.T, w *admin) { w.claims.Scope = "openid MANAGE_SETTINGS" }, want: introspect.ErrNeedsAdministrator,
		},
		"one with a scope that begins alike": {
			befall: func(_ *testing.T, w *admin) { w.claims.Scope = "ADMINISTRATORS" }, want: introspect.ErrNeedsAdministrator,
		},
		"one for another audience": {
			befall: func(_ *testing.T, w *admin) { w.claims.Audience = "https://api.example" }, want: oauth.ErrTokenInvalid,
		},
		"one without an audience": {befall: func(_ *testing.T, w *admin) { w.claims.Audience = nil }, want: oauth.ErrTokenInvalid},
		"an ID token":             {typ: token.IDType, want: oauth.ErrTokenInvalid},
		"one of another issuer": {
			befall: func(_ *testing.T, w *admin) { w.claims.Issuer = "https://evil.example" }, want: oauth.ErrTokenInvalid,
		},
		"an expired one": {befall: func(_ *testing.T, w *admin) { w.Clock.Pass(time.Minute) }, want: oauth.ErrTokenInvalid},
		"of one who lost the permission": {
			befall: func(_ *testing.T, w *admin) { w.permit("USE_OAUTH_CLIENTS") }, want: introspect.ErrNotAdministrator,
		},
		"of one who is suspended": {
			befall: func(_ *testing.T, w *admin) {
				w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
			}, want: oauth.ErrTokenInvalid,
		},
		"of a grant that was revoked": {
			befall: func(_ *testing.T, w *admin) {
				g := grant.Named(w.refresh.ID())
				w.Decide(func() error { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()); return nil }, g)
			}, want: oauth.ErrTokenInvalid,
		},
		"one that was itself revoked": {
			befall: func(_ *testing.T, w *admin) {
				r := token.RevocationOf("j-1")
				w.Decide(func() error { r.Revoke("app", w.Clock.Now().Add(time.Minute), w.Clock.Now()); return nil }, r)
			}, want: oauth.ErrTokenInvalid,
		},
		"of a client that was deleted": {
			befall: func(_ *testing.T, w *admin) {
				w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
			}, want: oauth.ErrTokenInvalid,
		},
		"of a client that nobody owns": {
			befall: func(_ *testing.T, w *admin) { w.claims.Grant, w.claims.Subject = "", "app" }, want: introspect.ErrNotAdministrator,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newAdmin(t)
			if tc.typ == "" {
				tc.typ = token.AccessType
			}
			if tc.befall != nil {
				tc.befall(t, w)
			}
			w.wants(t, introspect.AdministratorQuery{Token: oauth.Secret(w.sign(t, tc.typ))}, tc.want)
		})
	}
}

func TestWhichVisitorAdministers(t *testing.T) {
	for name, tc := range map[string]struct {
		befall func(*admin, *session.Visitor)
		want   error
	}{
		"one in a browser": {},
		"one who lost the permission": {
			func(w *admin, _ *session.Visitor) { w.permit("USE_OAUTH_CLIENTS") }, introspect.ErrNotAdministrator,
		},
		"one who signed out everywhere": {
			func(w *admin, _ *session.Visitor) {
				w.Clock.Pass(time.Second)
				w.ChangeAccount("odin", func(a *account.Account) error { return a.SignOut("user", w.Clock.Now()) })
			}, session.ErrNotSignedIn,
		},
		"one whose session ended": {
			func(w *admin, v *session.Visitor) {
				s := session.Named(v.Session)
				w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
			}, session.ErrNotSignedIn,
		},
		"one whose session expired": {
			func(w *admin, _ *session.Visitor) { w.Clock.Pass(session.Lifetime) }, session.ErrNotSignedIn,
		},
		"one who is suspended": {
			func(w *admin, _ *session.Visitor) {
				w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
			}, session.ErrNotSignedIn,
		},
		"one with another's session": {
			func(w *admin, v *session.Visitor) {
				w.Account("loki", "USE_OAUTH_CLIENTS")
				v.Session = w.Visitor("loki").Session
			}, session.ErrNotSignedIn,
		},
		"a program":                         {func(w *admin, v *session.Visitor) { *v = w.program() }, nil},
		"a program whose key is gone":       {func(w *admin, v *session.Visitor) { *v = w.program(); v.Key = "gone" }, session.ErrNotSignedIn},
		"a program whose key expired":       {func(w *admin, v *session.Visitor) { *v = w.program(); w.Clock.Pass(time.Hour) }, session.ErrNotSignedIn},
		"nobody":                            {func(_ *admin, v *session.Visitor) { *v = session.Visitor{} }, session.ErrNotSignedIn},
		"a session of an account not there": {func(_ *admin, v *session.Visitor) { v.Account = "nobody" }, session.ErrNotSignedIn},
	} {
		t.Run(name, func(t *testing.T) {
			w := newAdmin(t)
			v := w.Visitor("odin")
			if tc.befall != nil {
				tc.befall(w, &v)
			}
			w.wants(t, introspect.AdministratorQuery{Visitor: v}, tc.want)
		})
	}
}

// program is one that acts for odin by an access key, for an hour.
func (w *admin) program() session.Visitor {
	id, key := account.MintKey(w.Entropy.Fill)
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.AddKey(account.Key{
			ID: id, Name: "k", Digest: oauth.DigestOf([]byte(key.Reveal())), Expires: w.Clock.Now().Add(time.Hour),
		}, w.Clock.Now())
	})
	return session.Visitor{Key: id, Account: "odin"}
}

func TestAnOutageIsNoRefusalOfAnAdministrator(t *testing.T) {
	w := newAdmin(t)
	v, s := w.Visitor("odin"), w.sign(t, token.AccessType)
	away := errors.New("away")
	w.Store.Fail(away)
	w.wants(t, introspect.AdministratorQuery{Visitor: v}, away)
	w.wants(t, introspect.AdministratorQuery{Token: oauth.Secret(s)}, away)
}
