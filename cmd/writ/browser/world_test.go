package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
)

// world is a running server with everything embedded, and the people and clients in it.
type world struct {
	*harness.Server
	t    *testing.T
	home string // where clients have their answers sent to
}

// serve starts a server of the test's own, and a client's page.
func serve(t *testing.T, settings ...string) *world {
	t.Helper()
	env := map[string]string{"WRIT_NATS_LISTEN": "off", "WRIT_BRAND_NAME": "Example", "WRIT_DEVICE_POLL_EVERY": "1s"}
	for i := 0; i < len(settings); i += 2 {
		env[settings[i]] = settings[i+1]
	}
	client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Client</title><h1 id=landed>Back at the client</h1>"))
	}))
	t.Cleanup(client.Close)
	return &world{harness.Start(t, harness.Options{Env: env}), t, client.URL + "/callback"}
}

// person is somebody with an account.
type person struct {
	ID       string
	Handle   string
	password string
}

// hire makes an account. Without permissions it has those that every new one has.
func (w *world) hire(handle, name string, permissions ...string) person {
	w.t.Helper()
	p := person{password: "correct horse of " + handle}
	args := []string{"account", "create", "--handle", handle, "--name", name, "--email", handle + "@example.org", "--password-stdin"}
	for _, word := range permissions {
		args = append(args, "--permission", word)
	}
	w.AskWith(p.password+"\n", &p, args...)
	return p
}

// application is a registered client.
type application struct {
	ClientID string `json:"client_id"`
	redirect string
	site     string
}

const scope = "openid profile email offline_access CREATE_POST"

// register makes a public client that asks through a browser.
func (w *world) register(name, redirect string, flags ...string) application {
	w.t.Helper()
	a := application{redirect: redirect, site: w.URL}
	w.Ask(&a, append([]string{
		"client", "create", "--name", name, "--type", "public", "--grant", "authorization_code",
		"--grant", "refresh_token", "--redirect-uri", redirect, "--scope", scope + " READ_PROFILE MANAGE_SETTINGS",
	}, flags...)...)
	return a
}

// native is a client on this computer.
func (w *world) native(name string) application {
	w.t.Helper()
	registered := w.register(name, "http://127.0.0.1/callback")
	registered.redirect = w.home // on any port (RFC 8252 §7.3)
	return registered
}

// television is a client for the device flow.
func (w *world) television() application {
	w.t.Helper()
	a := application{site: w.URL}
	w.Ask(&a, "client", "create", "--name", "Living Room TV", "--type", "public", "--grant", "device_code",
		"--grant", "refresh_token", "--scope", scope)
	return a
}

func (a application) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.ClientID, RedirectURL: a.redirect, Scopes: strings.Fields(scope),
		Endpoint: oauth2.Endpoint{
			AuthURL: a.site + "/api/oauth/authorize", TokenURL: a.site + "/api/oauth/token",
			DeviceAuthURL: a.site + "/api/oauth/device_authorization", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// asks is the address at which a client asks for access, and the verifier for its code.
func (a application) asks(state string, more ...oauth2.AuthCodeOption) (address, verifier string) {
	verifier = oauth2.GenerateVerifier()
	return a.config().AuthCodeURL(state, append(more, oauth2.S256ChallengeOption(verifier))...), verifier
}

// redeem gives a client the tokens for the code that a tab was sent back with.
func (a application) redeem(b *tab, state, verifier string) *oauth2.Token {
	b.t.Helper()
	b.at("/callback")
	answer := b.address().Query()
	if answer.Get("state") != state || answer.Get("code") == "" {
		b.t.Fatalf("the client is told %v", answer)
	}
	token, err := a.config().Exchange(b.t.Context(), answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		b.t.Fatalf("redeem the code: %v", err)
	}
	return token
}

// connect begins a device's flow and returns what the device shows.
func (a application) connect(t *testing.T) *oauth2.DeviceAuthResponse {
	t.Helper()
	started, err := a.config().DeviceAuth(t.Context())
	if err != nil {
		t.Fatalf("ask for a device code: %v", err)
	}
	return started
}

// poll gives the device its tokens once somebody approved.
func (a application) poll(t *testing.T, started *oauth2.DeviceAuthResponse) *oauth2.Token {
	t.Helper()
	token, err := a.config().DeviceAccessToken(t.Context(), started)
	if err != nil {
		t.Fatalf("poll for the device's token: %v", err)
	}
	return token
}
