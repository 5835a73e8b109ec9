package administer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/administer"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func confidential() client.Settings {
	return client.Settings{
		Name: "App", Confidential: true, RequirePKCE: true, Allowed: "CREATE_POST openid",
		Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant}, RedirectURIs: []oauth.RedirectURI{"https://app.example/cb"},
	}
}

func TestAConfidentialClientGetsASecretOnce(t *testing.T) {
	req.Covers(t, "R-042")
	w := newWorld(t)
	w.Account("odin", "")
	got, err := w.clients.Create(t.Context(), administer.NewClient{Owner: "odin", Settings: confidential()})
	if err != nil {
		t.Fatal(err)
	}
	c := got.Client
	if !strings.HasPrefix(string(c.ClientID), "sdoak_") || len(c.ClientID) != 30 || !strings.HasPrefix(got.Secret.Reveal(), "sdoas_") || len(got.Secret.Reveal()) != 49 {
		t.Errorf("made %s with a secret of %d characters", c.ClientID, len(got.Secret.Reveal()))
	}
	if c.Policy != oauth.Explicit || c.AuthMethod != oauth.AuthClientSecretBasic || c.Allowed != "openid CREATE_POST" || c.Owner != "odin" || len(c.ID) != 20 {
		t.Errorf("made %+v", c)
	}
	for _, f := range w.Store.Facts() {
		if strings.Contains(string(f.Data), got.Secret.Reveal()) {
			t.Errorf("the secret stands in %s", f.Name)
		}
	}
	if err := w.authenticate(c.ClientID, got.Secret); err != nil {
		t.Errorf("the secret does not work: %v", err)
	}
}

func (w *world) authenticate(id oauth.ClientID, secret oauth.Secret) error {
	c := client.Named(id)
	w.Load(c)
	return c.Authenticate(client.Credentials{ID: id, Method: oauth.AuthClientSecretBasic, Secret: secret}, w.Clock.Now())
}

func TestCreatingAClient(t *testing.T) {
	public := confidential()
	public.Confidential = false
	for name, tc := range map[string]struct {
		given   administer.NewClient
		refused error
	}{
		"a public one":           {administer.NewClient{ClientID: "spa", Settings: public}, nil},
		"an id in use":           {administer.NewClient{ClientID: "app", Settings: public}, client.ErrTaken},
		"the id of an account":   {administer.NewClient{ClientID: "odin", Settings: public}, client.ErrTaken},
		"an unknown owner":       {administer.NewClient{Owner: "nobody", Settings: public}, account.ErrUnknown},
		"a suspended owner":      {administer.NewClient{Owner: "loki", Settings: public}, account.ErrUnknown},
		"an unknown word":        {administer.NewClient{Settings: client.Settings{Name: "App", Allowed: "FLY"}}, oauth.ErrUnknownScope},
		"without any grant":      {administer.NewClient{Settings: client.Settings{Name: "App"}}, client.ErrNoGrants},
		"an id beyond the ASCII": {administer.NewClient{ClientID: "äpp", Settings: public}, client.ErrClientID},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Account("odin", "")
			w.Account("loki", "")
			w.ChangeAccount("loki", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
			taken := confidential()
			taken.Policy, taken.AuthMethod = oauth.Explicit, oauth.AuthClientSecretBasic
			w.Client("app", "", taken)
			got, err := w.clients.Create(t.Context(), tc.given)
			refusedWith(t, err, tc.refused)
			if tc.refused == nil && (got.Secret != "" || got.Client.AuthMethod != oauth.AuthNone || got.Client.ClientID != "spa") {
				t.Errorf("made %+v", got.Client)
			}
		})
	}
}

func TestChangingAClientByEitherID(t *testing.T) {
	req.Covers(t, "R-043")
	w := newWorld(t)
	made, err := w.clients.Create(t.Context(), administer.NewClient{ClientID: "app", Settings: confidential()})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"app", made.Client.ID} {
		if got, err := w.clients.Find(t.Context(), id); err != nil || got.ClientID != "app" {
			t.Errorf("%s finds %+v, %v", id, got, err)
		}
	}
	changed, err := w.clients.Change(t.Context(), made.Client.ID, func(s *client.Settings) { s.Name, s.Allowed = "Other", "MANAGE_POSTS openid" })
	if err != nil || changed.Name != "Other" || changed.Allowed != "openid MANAGE_POSTS" {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	_, err = w.clients.Change(t.Context(), "app", func(s *client.Settings) { s.Allowed = "FLY" })
	refusedWith(t, err, oauth.ErrUnknownScope)
	rotated, err := w.clients.RotateSecret(t.Context(), "app", time.Hour)
	if err != nil || rotated.Secret == made.Secret {
		t.Fatal(err)
	}
	for _, secret := range []oauth.Secret{made.Secret, rotated.Secret} {
		if err := w.authenticate("app", secret); err != nil {
			t.Errorf("during the overlap: %v", err)
		}
	}
	w.Clock.Pass(time.Hour)
	refusedWith(t, w.authenticate("app", made.Secret), client.ErrAuthentication)
	for range 2 {
		if err := w.clients.Delete(t.Context(), "app"); err != nil {
			t.Error(err)
		}
	}
	refusedWith(t, w.authenticate("app", rotated.Secret), client.ErrAuthentication)
	_, err = w.clients.RotateSecret(t.Context(), "app", 0)
	refusedWith(t, err, client.ErrUnknown)
	refusedWith(t, w.clients.Delete(t.Context(), "nobody"), client.ErrUnknown)
	_, err = w.clients.Create(t.Context(), administer.NewClient{ClientID: "app", Settings: confidential()})
	refusedWith(t, err, client.ErrTaken)
}

func TestListingClients(t *testing.T) {
	w := newWorld(t)
	w.Account("odin", "")
	for _, n := range []administer.NewClient{
		{ClientID: "a", Settings: confidential()}, {ClientID: "b", Owner: "odin", Settings: confidential()}, {ClientID: "c", Owner: "odin", Settings: confidential()},
	} {
		if _, err := w.clients.Create(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.clients.Delete(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[oauth.AccountID][]oauth.ClientID{"": {"b", "a"}, "odin": {"b"}, "loki": nil} {
		listed, err := w.clients.List(t.Context(), owner)
		var got []oauth.ClientID
		for _, c := range listed {
			got = append(got, c.ClientID)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("of %q: %v (-want +got):\n%s", owner, err, diff)
		}
	}
}

func TestTheCommandLineIsAClient(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if err := w.clients.EnsureCLI(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.clients.Find(t.Context(), "storyden-cli")
	if err != nil || got.Confidential || got.Policy != oauth.Inherit || got.Allowed != w.Server.Vocabulary.Everything() || got.Owner != "" {
		t.Errorf("it is %+v, %v", got, err)
	}
	if n := len(w.Names(client.Kind)); n != 1 {
		t.Errorf("%d facts", n)
	}
}
