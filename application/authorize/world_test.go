package authorize_test

import (
	"errors"
	"net/url"
	"testing"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/authorize"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
)

const (
	redirect  oauth.RedirectURI   = "https://app.example/cb"
	challenge oauth.CodeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

var settings = client.Settings{
	Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{redirect}, Audiences: []string{"https://own.example"},
	Grants:  []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant, oauth.DeviceCodeGrant},
	Allowed: "openid profile offline_access CREATE_POST MANAGE_POSTS",
}

// world is one in which odin is signed in, and the use cases of the authorization endpoints.
type world struct {
	*ledgertest.World
	odin    session.Visitor
	pending *authorize.Pending
	begin   *authorize.Begin
	consent *authorize.Consent
	request *authorize.DeviceRequest
	device  *authorize.DeviceConsent
	guesses authorize.Guesses
	own     *ledgertest.Limits // the guesses of one account
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t), own: &ledgertest.Limits{Most: 3}}
	w.Account("odin", "CREATE_POST MANAGE_POSTS USE_OAUTH_CLIENTS")
	w.Client("app", "odin", settings)
	w.odin = w.Visitor("odin")
	l, s, k, c, e := w.Ledger, w.Server, w.Keys, w.Clock, w.Entropy
	w.pending = authorize.NewPending(w.Notes, k, c, e)
	w.begin = authorize.NewBegin(l, w.Directory, w.Signer, w.pending, s)
	w.consent = authorize.NewConsent(l, w.pending, w.begin)
	w.guesses = authorize.Guesses{ByAccount: w.own, Overall: &ledgertest.Limits{}}
	w.request = authorize.NewDeviceRequest(l, w.Keeper, s, k, c, e)
	w.device = authorize.NewDeviceConsent(l, w.Directory, w.Keeper, w.guesses, s, c)
	return w
}

func (w *world) changeClient(change func(*client.Settings)) {
	w.ChangeClient("app", func(c *client.Client) error {
		s := c.View().Settings
		change(&s)
		return c.Change(s, w.Clock.Now())
	})
}

// asked is a good request of app.
func asked(change ...func(*authorize.Request)) authorize.Request {
	state := "st/ate +&="
	r := authorize.Request{
		Client: "app", Redirect: redirect, ResponseType: "code", Scope: "openid CREATE_POST", State: &state,
		Nonce: "n-1", Challenge: string(challenge), Method: "S256",
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

// begun gives the id under which odin may decide a request.
func (w *world) begun(t *testing.T, r authorize.Request) string {
	t.Helper()
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
	if err != nil || outcome.Consent.IsZero() {
		t.Fatalf("the request ended with %+v, %v", outcome, err)
	}
	return outcome.Consent.Reveal()
}

// response reads the parameters of an authorization response.
func response(t *testing.T, location string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Scheme+"://"+u.Host+u.Path != string(redirect) {
		t.Fatalf("the response goes to %q, %v", location, err)
	}
	return u.Query()
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
