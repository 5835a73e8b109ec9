package e2e_test

import (
	"maps"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
)

// world is a running server, and the people and clients that the command line made in it.
type world struct {
	*harness.Server
	t      *testing.T
	forged bool // the test itself wrote into the stream
}

// hurried are settings under which devices need not wait long.
var hurried = map[string]string{"WRIT_DEVICE_POLL_EVERY": "1s"}

// serve starts a server of the test's own.
func serve(t *testing.T, o harness.Options) *world {
	t.Helper()
	env := maps.Clone(hurried)
	maps.Copy(env, o.Env)
	o.Env = env
	w := &world{Server: harness.Start(t, o), t: t}
	t.Cleanup(w.keepsItsPromises)
	return w
}

// onBoth runs a test with everything embedded, and with PostgreSQL and a NATS server.
func onBoth(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, serve(t, harness.Options{}))
	})
	t.Run("PostgreSQL and NATS", func(t *testing.T) {
		t.Parallel()
		test(t, serve(t, harness.Options{Database: bunstoretest.Postgres(t), NATS: natstest.Start(t).URL}))
	})
}

// replicas are two servers on one PostgreSQL database and one NATS server.
func replicas(t *testing.T) (one, other *world) {
	t.Helper()
	first, second := natstest.FreeAddress(t), natstest.FreeAddress(t)
	_, port, _ := strings.Cut(first, ":")
	o := harness.Options{Database: bunstoretest.Postgres(t), NATS: natstest.Start(t).URL}
	o.Env = map[string]string{
		"WRIT_LISTEN": first, "WRIT_ISSUER": "http://localhost:" + port, "WRIT_MASTER_KEY": harness.MasterKey(),
	}
	one = serve(t, o)
	o.Env["WRIT_LISTEN"] = second
	return one, serve(t, o)
}

// person is somebody with an account.
type person struct {
	ID       string
	Handle   string
	password string
}

// hire makes an account. Without permissions it has those that every new one has.
func (w *world) hire(handle string, permissions ...string) person {
	w.t.Helper()
	p := person{password: "correct horse of " + handle}
	args := []string{
		"account", "create", "--handle", handle, "--name", strings.ToUpper(handle[:1]) + handle[1:],
		"--email", handle + "@example.org", "--password-stdin",
	}
	for _, word := range permissions {
		args = append(args, "--permission", word)
	}
	w.AskWith(p.password+"\n", &p, args...)
	return p
}

// application is a registered client.
type application struct {
	ID       string
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

const (
	callback = "http://127.0.0.1/callback" // a native client's, on any port (RFC 8252 §7.3)
	allScope = "openid profile email offline_access READ_PROFILE CREATE_POST"
)

// register makes a client with further flags.
func (w *world) register(name, kind, grants string, flags ...string) application {
	w.t.Helper()
	args := []string{"client", "create", "--name", name, "--type", kind}
	for grant := range strings.FieldsSeq(grants) {
		args = append(args, "--grant", grant)
	}
	var a application
	w.Ask(&a, append(args, flags...)...)
	return a
}

// native registers a public client that people use through a browser on their own machine.
func (w *world) native() application {
	w.t.Helper()
	return w.register("Notes", "public", "authorization_code refresh_token", "--redirect-uri", callback, "--scope", allScope)
}

// tv registers a public client for the device flow.
func (w *world) tv() application {
	w.t.Helper()
	return w.register("Television", "public", "device_code refresh_token", "--scope", allScope)
}

// config is what Go's OAuth library needs to know of a client.
func (w *world) config(a application, scope string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.ClientID, ClientSecret: a.Secret, RedirectURL: callback, Scopes: strings.Fields(scope),
		Endpoint: oauth2.Endpoint{
			AuthURL: w.URL + "/api/oauth/authorize", TokenURL: w.URL + "/api/oauth/token",
			DeviceAuthURL: w.URL + "/api/oauth/device_authorization",
		},
	}
}

// allow lets a native client have a grant of the person, through the JSON endpoints.
func (w *world) allow(p person, a application, scope string) *oauth2.Token {
	w.t.Helper()
	return w.frontend().signIn(p).allow(a, scope)
}

// allow lets a native client have a grant of whoever is signed in.
func (f *frontend) allow(a application, scope string) *oauth2.Token {
	f.w.t.Helper()
	config, verifier := f.w.config(a, scope), oauth2.GenerateVerifier()
	code := f.decide(config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "approve").Get("code")
	token, err := config.Exchange(f.w.t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		f.w.t.Fatalf("redeem the code: %v", err)
	}
	return token
}

// refresh redeems a refresh token.
func (w *world) refresh(a application, token *oauth2.Token) (*oauth2.Token, error) {
	return w.config(a, "").TokenSource(w.t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
}

// mustRefresh redeems a refresh token that is good.
func (w *world) mustRefresh(a application, token *oauth2.Token) *oauth2.Token {
	w.t.Helper()
	next, err := w.refresh(a, token)
	if err != nil {
		w.t.Fatalf("refresh: %v", err)
	}
	return next
}

// scopeOf is the scope of a token answer.
func scopeOf(token *oauth2.Token) string {
	scope, _ := token.Extra("scope").(string)
	return scope
}
