package browser_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
)

// world is a running server with everything embedded, and the people and clients in it.
type world struct {
	*harness.Server
	t    *testing.T
	home string // where clients have their answers sent to
	seen *register
}

// register makes the handles of people differ who share a server.
type register struct {
	mu    sync.Mutex
	known map[string]int
}

func (r *register) handle(wanted string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[wanted]++
	if n := r.known[wanted]; n > 1 {
		return wanted + strconv.Itoa(n)
	}
	return wanted
}

func newRegister() *register { return &register{known: map[string]int{}} }

// messaging are settings under which messages are lines of the log.
var messaging = map[string]string{
	"WRIT_NATS_LISTEN": "off", "WRIT_BRAND_NAME": "Example", "WRIT_DEVICE_POLL_EVERY": "1s",
	"WRIT_SMTP_URL": "console", "WRIT_SMS_PROVIDER": "console",
}

// serve is the server that the tests share: starting one takes longer than most of them.
func serve(t *testing.T) *world {
	t.Helper()
	s := sharedServer()
	return (&world{Server: s, t: t, seen: handles}).withClient()
}

var (
	handles      = newRegister()
	outlasting   = &lasting{}
	sharedServer = sync.OnceValue(func() *harness.Server { return harness.Start(outlasting, harness.Options{Env: messaging}) })
)

// serveWith starts a server of the test's own.
func serveWith(t *testing.T, settings map[string]string) *world {
	t.Helper()
	env := maps.Clone(messaging)
	maps.Copy(env, settings)
	return (&world{Server: harness.Start(t, harness.Options{Env: env}), t: t, seen: newRegister()}).withClient()
}

// withClient adds the page of a client.
func (w *world) withClient() *world {
	client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Client</title><h1 id=landed>Back at the client</h1>"))
	}))
	w.t.Cleanup(client.Close)
	w.home = client.URL + "/callback"
	return w
}

// lasting is a test that ends with the package.
type lasting struct {
	testing.TB

	cleanups []func()
}

func (l *lasting) Helper()                      {}
func (l *lasting) Cleanup(f func())             { l.cleanups = append(l.cleanups, f) }
func (l *lasting) Context() context.Context     { return context.Background() }
func (l *lasting) Failed() bool                 { return false }
func (l *lasting) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (l *lasting) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

func (l *lasting) end() {
	for _, f := range slices.Backward(l.cleanups) {
		f()
	}
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
	handle = w.seen.handle(handle)
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
