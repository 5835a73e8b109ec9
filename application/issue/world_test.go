package issue_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/oauth"
	"writ/domain/token"
)

const (
	redirect oauth.RedirectURI  = "https://app.example/cb"
	verifier oauth.CodeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	resource                    = "https://own.example"

	all oauth.Scope = "openid profile email offline_access CREATE_POST MANAGE_POSTS"
)

// settings are those of a confidential client that may do everything.
var settings = client.Settings{
	Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{redirect}, Grants: oauth.GrantTypes, Allowed: all, Audiences: []string{resource, "https://x.example"},
}

var app = client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "secret"}

// world is one in which odin owns the client app, and the use cases of the token endpoint.
type world struct {
	*ledgertest.World
	code    *issue.ByAuthorizationCode
	refresh *issue.ByRefreshToken
	device  *issue.ByDeviceCode
	own     *issue.ByClientCredentials
	codes   int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: ledgertest.New(t)}
	w.Account("odin", "CREATE_POST MANAGE_POSTS USE_OAUTH_CLIENTS")
	w.Client("app", "odin", settings)
	other := settings
	other.Name = "Other"
	w.Client("other", "odin", other)
	l, s, k, c, e := w.Ledger, w.Server, w.Keys, w.Clock, w.Entropy
	w.code = issue.NewByAuthorizationCode(l, s, k, w.Signer, c, e)
	w.refresh = issue.NewByRefreshToken(l, w.Notes, s, k, w.Signer, c, e)
	w.device = issue.NewByDeviceCode(l, w.Notes, s, k, w.Signer, c, e)
	w.own = issue.NewByClientCredentials(l, s, w.Signer, c, e)
	return w
}

// approve gives a code that odin approved for app, as change makes it.
func (w *world) approve(change ...func(*authorization.Approved)) oauth.Opaque {
	w.codes++
	code := w.Keys.Mint(oauth.AuthorizationCode, w.Entropy.ID(), 0, [32]byte{byte(w.codes)})
	now := w.Clock.Now()
	e := authorization.Approved{
		Client: "app", Account: "odin", Session: "s1", Redirect: redirect, Scope: all, Nonce: "n-1",
		Challenge: verifier.Challenge(), Code: code.Digest(), AuthTime: now, AMR: []string{"pwd"}, Until: now.Add(w.Server.Lifetimes.Code),
	}
	for _, c := range change {
		c(&e)
	}
	a := authorization.Undecided(code.ID())
	w.Decide(func() error { return a.Approve(e, now) }, a)
	return code
}

func redeeming(code oauth.Opaque) issue.AuthorizationCodeCommand {
	return issue.AuthorizationCodeCommand{Client: app, Code: code.Reveal(), Redirect: redirect, Verifier: verifier}
}

// opened gives the tokens of a grant that odin gave to app.
func (w *world) opened(t testing.TB) issue.Tokens {
	t.Helper()
	tokens, err := w.code.Execute(t.Context(), redeeming(w.approve()))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// requested gives the device code of a request that nobody has decided.
func (w *world) requested(client oauth.ClientID) oauth.Opaque {
	code := w.Keys.Mint(oauth.DeviceCode, w.Entropy.ID(), 0, [32]byte{9})
	d, now := device.Unrequested(code.ID()), w.Clock.Now()
	w.Decide(func() error {
		d.Request(device.Requested{
			Client: client, Scope: all, Code: code.Digest(), UserCode: code.ID(), Until: now.Add(w.Server.Lifetimes.DeviceCode),
		}, now)
		return nil
	}, d)
	return code
}

func (w *world) changeDevice(code oauth.Opaque, change func(*device.Device) error) {
	d := device.Named(code.ID())
	w.Decide(func() error { return change(d) }, d)
}

// What may befall odin or app between an approval and its use.
var misfortunes = map[string]struct {
	befalls func(*world)
	refused error
}{
	"the account is suspended": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	}, account.ErrNotServed},
	"the account is deleted": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	}, account.ErrNotServed},
	"the account may not use clients any more": {func(w *world) {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("CREATE_POST", w.Clock.Now()) })
	}, account.ErrNotServed},
	"the client is deleted": {func(w *world) {
		w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
	}, client.ErrAuthentication},
	"the client may not use this grant any more": {func(w *world) {
		w.changeClient(func(s *client.Settings) {
			s.Grants, s.RedirectURIs = []oauth.GrantType{oauth.ClientCredentialsGrant}, nil
		})
	}, client.ErrGrantType},
}

// strikes lets each misfortune befall before a use case begins, and once more between its decision
// and its commit, and runs test in a world of its own for each.
func strikes(t *testing.T, test func(t *testing.T, w *world, strike func(), refused error)) {
	t.Helper()
	for name, m := range misfortunes {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			test(t, w, func() { m.befalls(w) }, m.refused)
		})
		t.Run(name+" meanwhile", func(t *testing.T) {
			w := newWorld(t)
			test(t, w, func() { w.Store.BeforeNextAppend(func() { m.befalls(w) }) }, m.refused)
		})
	}
}

func (w *world) changeClient(change func(*client.Settings)) {
	w.ChangeClient("app", func(c *client.Client) error {
		s := c.View().Settings
		change(&s)
		return c.Change(s, w.Clock.Now())
	})
}

// accessOf reads the claims of an access token.
func accessOf(t *testing.T, tokens issue.Tokens) token.AccessClaims {
	t.Helper()
	var claims token.AccessClaims
	read(t, tokens.Access, token.AccessType, &claims)
	return claims
}

func read(t *testing.T, s oauth.Secret, typ string, claims any) ledgertest.Signed {
	t.Helper()
	signed, ok := ledgertest.Read(s.Reveal())
	if !ok || signed.Type != typ {
		t.Fatalf("%q is no token of type %s", s.Reveal(), typ)
	}
	if err := json.Unmarshal(signed.Claims, claims); err != nil {
		t.Fatal(err)
	}
	return signed
}

// together does the same thing n times on the same state, and gives what came of each.
func (w *world) together(n int, do func() (issue.Tokens, error)) (tokens []issue.Tokens, errs []error) {
	w.Store.Gather(n)
	var mu sync.Mutex
	var done sync.WaitGroup
	for range n {
		done.Go(func() {
			got, err := do()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tokens = append(tokens, got)
			} else {
				errs = append(errs, err)
			}
		})
	}
	done.Wait()
	return tokens, errs
}

func refusedWith(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

// outage checks that err tells of an outage and of nothing else.
func outage(t *testing.T, err, want error) {
	t.Helper()
	var refusal *oauth.Error
	if !errors.Is(err, want) || errors.As(err, &refusal) {
		t.Errorf("got %v, want the outage, and no refusal", err)
	}
}
