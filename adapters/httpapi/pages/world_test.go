package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"writ/adapters/argon2hash"
	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi/pages"
	"writ/adapters/httpapi/visitor"
	"writ/adapters/limits"
	"writ/adapters/masterkey"
	"writ/adapters/system"
	"writ/application/administer"
	"writ/application/authorize"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

const (
	issuer   = "https://id.example.org"
	password = "correct horse battery staple"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode) // otherwise it prints every route
	m.Run()
}

// world is a server with everything but the protocol's endpoints.
type world struct {
	t        *testing.T
	store    *bunstore.Store
	ledger   *eventsourcing.Ledger
	server   *oauth.Server
	clock    ports.Clock
	entropy  ports.Entropy
	vault    *masterkey.Ring
	accounts *administer.Accounts
	clients  *administer.Clients
	begin    *authorize.Begin
	devices  *authorize.DeviceRequest
	homes    map[oauth.ClientID]oauth.RedirectURI // where each client is sent its answers
	letters  *letterbox
	pages    *pages.Pages
	router   *gin.Engine
}

// newWorld makes one. Edits change how the pages are set up.
func newWorld(t *testing.T, edits ...func(*pages.Config)) *world {
	t.Helper()
	store := bunstoretest.SQLite(t)
	ring, err := masterkey.Parse(masterkey.Generate())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: store, clock: system.NewClock(), entropy: system.NewEntropy(), vault: ring, server: serverOf(t), homes: map[oauth.ClientID]oauth.RedirectURI{}, letters: &letterbox{sent: map[string]string{}}}
	w.ledger = eventsourcing.NewLedger(store, ring, w.entropy)
	w.assemble(eventsourcing.NewDirectory(store, w.ledger), ring.TokenKeys(), edits)
	return w
}

func serverOf(t *testing.T) *oauth.Server {
	t.Helper()
	vocabulary, err := oauth.NewVocabulary(oauth.DefaultPermissions)
	if err != nil {
		t.Fatal(err)
	}
	return &oauth.Server{
		Issuer: issuer, Audience: issuer, Vocabulary: vocabulary, AccessAlg: oauth.ES256,
		Lifetimes: oauth.Lifetimes{
			Access: 15 * time.Minute, Idle: 720 * time.Hour, Absolute: 4320 * time.Hour,
			Code: time.Minute, DeviceCode: 10 * time.Minute, PollEvery: 5 * time.Second,
		},
		NewcomerHolds: oauth.MemberPermissions,
	}
}

func (w *world) assemble(d *eventsourcing.Directory, keys oauth.TokenKeys, edits []func(*pages.Config)) {
	passwords := argon2hash.NewWithCost(argon2hash.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1})
	attempts := signin.Attempts{ByName: limits.New(5, time.Hour), BySource: limits.New(50, time.Hour)}
	guesses := authorize.Guesses{ByAccount: limits.New(5, time.Hour), Overall: limits.New(50, time.Hour)}
	pending := authorize.NewPending(w.store, keys, w.clock, w.entropy)
	w.accounts = administer.NewAccounts(w.ledger, eventsourcing.NewOversight(w.store, w.ledger), d, passwords, w.server, w.clock, w.entropy)
	w.clients = administer.NewClients(w.ledger, d, d, w.server, w.clock, w.entropy)
	w.begin = authorize.NewBegin(w.ledger, d, nil, pending, w.server)
	w.devices = authorize.NewDeviceRequest(w.ledger, w.vault, w.server, keys, w.clock, w.entropy)
	address, _ := url.Parse(issuer)
	gate := visitor.NewGate(signin.NewRecognise(w.ledger, w.store, keys, w.clock), visitor.CookieFor(address), [32]byte{7})
	cfg := pages.Config{Issuer: address, Brand: pages.Brand{Name: "Example"}, Clock: w.clock, Passkeys: true}
	for _, edit := range edits {
		edit(&cfg)
	}
	w.letters.closed = cfg.Brand.Name == mutedName
	w.pages = pages.New(cfg, gate, w.verbs(d, keys, passwords, attempts, pages.Verbs{
		Password: signin.NewPassword(w.ledger, d, passwords, attempts, keys, w.clock, w.entropy),
		Leave:    signin.NewLeave(w.ledger, w.clock),
		Consent:  authorize.NewConsent(w.ledger, pending, w.begin),
		Device:   authorize.NewDeviceConsent(w.ledger, d, w.vault, guesses, w.server, w.clock),
		Grants:   review.NewGrants(d, w.ledger, w.store, w.clock),
		Revoke:   revoke.NewGrant(w.ledger, w.clock),
	}))
	w.router = gin.New()
	w.pages.Mount(w.router)
	w.router.NoRoute(w.pages.NotFound)
}

// person opens an account with the password of all.
func (w *world) person(handle string) oauth.AccountID {
	w.t.Helper()
	a, err := w.accounts.Create(w.t.Context(), administer.NewAccount{
		Profile: account.Profile{Handle: event.Personal(handle)}, Password: password,
	})
	if err != nil {
		w.t.Fatalf("open the account of %s: %v", handle, err)
	}
	return oauth.AccountID(a.Account)
}

// webClient is a client that asks at the authorization endpoint.
func webClient(redirect oauth.RedirectURI) client.Settings {
	return client.Settings{
		Name: "Photo Album", AuthMethod: oauth.AuthNone, RequirePKCE: true,
		RedirectURIs: []oauth.RedirectURI{redirect},
		Grants:       []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant},
		Allowed:      "openid profile email offline_access CREATE_POST MANAGE_SETTINGS",
	}
}

// client registers a client.
func (w *world) client(s client.Settings) oauth.ClientID {
	w.t.Helper()
	r, err := w.clients.Create(w.t.Context(), administer.NewClient{Settings: s})
	if err != nil {
		w.t.Fatalf("register %q: %v", s.Name, err)
	}
	for _, home := range s.RedirectURIs {
		w.homes[r.Client.ClientID] = home
	}
	return r.Client.ClientID
}

// request is an authorization request that waits for the person in a browser.
func (w *world) request(b *browser, id oauth.ClientID, scope string) string {
	w.t.Helper()
	state := "xyz"
	outcome, err := w.begin.Execute(w.t.Context(), authorize.BeginCommand{
		Visitor: &session.Visitor{Session: b.session(), Account: b.account},
		Request: authorize.Request{
			Client: id, Redirect: w.homes[id], ResponseType: "code", Scope: scope, State: &state, Prompt: "consent",
			Challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Method: "S256",
		},
	})
	if err != nil || outcome.Consent.IsZero() {
		w.t.Fatalf("begin a request: %+v, %v", outcome, err)
	}
	return outcome.Consent.Reveal()
}

// deviceCode is a user code that waits for somebody to decide.
func (w *world) deviceCode(scope string) string {
	w.t.Helper()
	s := client.Settings{
		Name: "Living Room TV", AuthMethod: oauth.AuthNone, Grants: []oauth.GrantType{oauth.DeviceCodeGrant},
		Allowed: "openid profile email offline_access CREATE_POST",
	}
	id := w.client(s)
	r, err := w.devices.Execute(w.t.Context(), authorize.DeviceRequestCommand{Client: client.Credentials{ID: id, Method: oauth.AuthNone}, Scope: scope})
	if err != nil {
		w.t.Fatalf("ask for a device code: %v", err)
	}
	return r.UserCode.String()
}

// grant opens a grant of an account.
func (w *world) grant(by oauth.AccountID, to oauth.ClientID) string {
	w.t.Helper()
	g := grant.Named(w.entropy.ID())
	err := w.ledger.Decide(w.t.Context(), func() error {
		return g.Open(grant.Opening{
			Client: to, Account: by, Via: oauth.AuthorizationCodeGrant, Scope: "openid email",
			JTI: "jti", Lifetimes: w.server.Lifetimes, At: w.clock.Now(),
		})
	}, g)
	if err != nil {
		w.t.Fatalf("open a grant: %v", err)
	}
	return g.ID()
}

// head is how much the log holds.
func (w *world) head() event.Position {
	w.t.Helper()
	at, err := w.store.Head(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// browser keeps cookies, as a person's does.
type browser struct {
	w       *world
	cookies map[string]string
	account oauth.AccountID
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]string{}} }

// signedIn is a browser in which a new person is signed in.
func (w *world) signedIn(handle string) *browser {
	w.t.Helper()
	b := w.browser()
	b.account = w.person(handle)
	got := b.signIn(handle, password, "")
	if got.Code != http.StatusSeeOther {
		w.t.Fatalf("sign in as %s: %d\n%s", handle, got.Code, got.Body)
	}
	return b
}

func (b *browser) signIn(handle, secret, returnURL string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	path := "/login"
	if returnURL != "" {
		path += "?return_url=" + url.QueryEscape(returnURL)
	}
	form := b.form(b.get(path), "login-submit")
	form.Set("handle", handle)
	form.Set("password", secret)
	return b.post("/login", form)
}

// session is the id of the session that the browser's cookie names.
func (b *browser) session() string {
	b.w.t.Helper()
	token, ok := b.w.vault.TokenKeys().Parse(oauth.SessionToken, b.cookies["__Host-writ_session"])
	if !ok {
		b.w.t.Fatal("the browser has no session cookie")
	}
	return token.ID()
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.send(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	return b.send(http.MethodPost, path, form, edits...)
}

func (b *browser) send(method, path string, form url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	b.w.t.Helper()
	r := httptest.NewRequestWithContext(b.w.t.Context(), method, issuer+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "null") // what our Referrer-Policy makes of it
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, edit := range edits {
		edit(r)
	}
	got := httptest.NewRecorder()
	b.w.router.ServeHTTP(got, r)
	for _, c := range got.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return got
}

// form is what pressing a button of a page sends.
func (b *browser) form(got *httptest.ResponseRecorder, button string) url.Values {
	b.w.t.Helper()
	pressed := b.find(got, button)
	form := url.Values{}
	if name := attr(pressed, "name"); name != "" {
		form.Set(name, attr(pressed, "value"))
	}
	around := pressed.Parent
	for around != nil && around.Data != "form" {
		around = around.Parent
	}
	for n := range around.Descendants() {
		if n.Data == "input" {
			form.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	return form
}

// find is the element with an id.
func (b *browser) find(got *httptest.ResponseRecorder, id string) *html.Node {
	b.w.t.Helper()
	n := element(b.w.t, got, id)
	if n == nil {
		b.w.t.Fatalf("the page (%d) has no element %q:\n%s", got.Code, id, got.Body)
	}
	return n
}

// element is the element with an id, or nil.
func element(t *testing.T, got *httptest.ResponseRecorder, id string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(got.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if attr(n, "id") == id {
			return n
		}
	}
	return nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is what an element shows.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
