package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"writ/adapters/argon2hash"
	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi"
	"writ/adapters/httpapi/visitor"
	"writ/adapters/jwtsigner"
	"writ/adapters/limits"
	"writ/adapters/masterkey"
	"writ/adapters/natsbus"
	"writ/adapters/system"
	"writ/application/administer"
	"writ/application/authorize"
	"writ/application/introspect"
	"writ/application/issue"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/rotate"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest"
)

const (
	issuer   = "https://writ.test"
	frontend = "https://app.writ.test"
	password = "correct horse battery"
	callback = "https://client.test/callback?keep=1"
)

// rig is a whole server over a real store on a file of its own.
type rig struct {
	t        testing.TB
	handler  http.Handler
	uses     httpapi.UseCases
	server   *oauth.Server
	clock    *clock
	frozen   *frozen
	outage   *outage
	accounts *administer.Accounts
	clients  *administer.Clients
	keys     *rotate.SigningKeys
	log      *bytes.Buffer
	seen     *observed
	spec     *spec
	abroad   *abroad
	box      letterbox
	inbox    *inbox
	breaksAt atomic.Int64 // where the log breaks for audits
}

// clock stands still unless it is told to move.
type clock struct{ at atomic.Int64 }

func (c *clock) Now() time.Time        { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) pass(by time.Duration) { c.at.Add(by.Microseconds()) }

// setting changes what a rig is made of.
type setting func(*httpapi.Config, *httpapi.Roles)

func newRig(t testing.TB, settings ...setting) *rig {
	t.Helper()
	r := &rig{t: t, clock: &clock{}, log: &bytes.Buffer{}, seen: &observed{}, spec: loadSpec(t), inbox: &inbox{}}
	r.clock.at.Store(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixMicro())
	store := bunstoretest.SQLite(t)
	r.frozen = &frozen{EventStore: store}
	r.outage = &outage{EventStore: r.frozen}
	vault, err := masterkey.Parse(masterkey.Generate())
	must(t, err)
	entropy, ring := system.NewEntropy(), jwtsigner.New()
	ledger := eventsourcing.NewLedger(r.outage, vault, entropy)
	shelf := eventsourcing.NewDirectory(store, ledger)
	r.server = testServer(t)
	r.accounts = administer.NewAccounts(ledger, eventsourcing.NewOversight(store, ledger), shelf, cheapHashes(), r.server, r.clock, entropy)
	r.clients = administer.NewClients(ledger, shelf, shelf, r.server, r.clock, entropy)
	r.keys = rotate.NewSigningKeys(ledger, shelf, vault, ring, r.server, r.clock)
	for _, pair := range keyPairs() {
		_, err = r.keys.Adopt(t.Context(), pair)
		must(t, err)
	}
	_, err = r.keys.Install(t.Context())
	must(t, err)
	tokenKeys := vault.TokenKeys()
	uc := useCases{store: store, rows: store, ledger: ledger, shelf: shelf, vault: vault, ring: ring, entropy: entropy, keys: tokenKeys, rig: r}
	gate := visitor.NewGate(signin.NewRecognise(ledger, store, tokenKeys, r.clock), visitor.CookieFor(mustURL(t, issuer)), [32]byte{1})
	cfg := httpapi.Config{Server: r.server, WebOrigins: []string{frontend}, AsyncAPI: natsbus.AsyncAPI}
	roles := httpapi.Roles{
		Gate: gate, Pages: plainPages{}, Keys: ring, Failures: limits.New(5, time.Minute), Devices: limits.New(20, time.Minute), Clock: r.clock,
		Entropy: entropy, Observer: r.seen, Log: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Inbox: r.inbox,
		Ready: func(context.Context) error { return r.outage.broken() },
	}
	for _, s := range settings {
		s(&cfg, &roles)
	}
	r.uses = uc.all()
	r.handler, err = httpapi.New(cfg, r.uses, roles)
	must(t, err)
	return r
}

// keyPairs are made once, for RSA keys take their time.
var keyPairs = sync.OnceValue(func() []ports.KeyPair {
	var pairs []ports.KeyPair
	for _, alg := range []oauth.SigningAlg{oauth.ES256, oauth.RS256} {
		pair, err := jwtsigner.New().Generate(alg)
		if err != nil {
			panic(err)
		}
		pairs = append(pairs, pair)
	}
	return pairs
})

func testServer(t testing.TB) *oauth.Server {
	t.Helper()
	vocabulary, err := oauth.NewVocabulary(oauth.DefaultPermissions)
	must(t, err)
	return &oauth.Server{
		Issuer: issuer, Audience: issuer, Vocabulary: vocabulary, AccessAlg: oauth.ES256, ProfileInID: true,
		CLIClient: "storyden-cli", NewcomerHolds: oauth.MemberPermissions,
		Lifetimes: oauth.Lifetimes{
			Access: 15 * time.Minute, Idle: 720 * time.Hour, Absolute: 4320 * time.Hour,
			Code: time.Minute, DeviceCode: 10 * time.Minute, PollEvery: 5 * time.Second,
		},
	}
}

func cheapHashes() *argon2hash.Passwords {
	return argon2hash.NewWithCost(argon2hash.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1})
}

// useCases wires the use cases as the program does.
type useCases struct {
	store interface {
		portstest.Ephemera
		ports.Stamps
		ports.EventFeed
		ports.Belongings
	}
	rows    ports.Directory
	ledger  *eventsourcing.Ledger
	shelf   *eventsourcing.Directory
	vault   *masterkey.Ring
	ring    *jwtsigner.Ring
	entropy ports.Entropy
	keys    oauth.TokenKeys
	rig     *rig
}

func (u useCases) all() httpapi.UseCases {
	l, s, k, c, e := u.ledger, u.rig.server, u.keys, u.rig.clock, u.entropy
	pending := authorize.NewPending(u.store, k, c, e)
	begin := authorize.NewBegin(l, u.shelf, u.ring, pending, s)
	guesses := authorize.Guesses{ByAccount: limits.New(10, time.Minute), Overall: limits.New(1000, time.Minute)}
	attempts := signin.Attempts{ByName: limits.New(5, time.Minute), BySource: limits.New(100, time.Minute)}
	return httpapi.UseCases{
		ByAuthorizationCode: issue.NewByAuthorizationCode(l, s, k, u.ring, c, e),
		ByRefreshToken:      issue.NewByRefreshToken(l, u.store, s, k, u.ring, c, e),
		ByDeviceCode:        issue.NewByDeviceCode(l, u.store, s, k, u.ring, c, e),
		ByClientCredentials: issue.NewByClientCredentials(l, s, u.ring, c, e),
		Begin:               begin,
		Pending:             pending,
		Consent:             authorize.NewConsent(l, pending, begin),
		DeviceRequest:       authorize.NewDeviceRequest(l, u.vault, s, k, c, e),
		DeviceConsent:       authorize.NewDeviceConsent(l, u.shelf, u.vault, guesses, s, c),
		Introspect:          introspect.NewToken(l, u.ring, s, k, c),
		UserInfo:            introspect.NewUserInfo(l, u.ring, s, c),
		RevokeToken:         revoke.NewToken(l, u.ring, k, c),
		RevokeGrant:         revoke.NewGrant(l, c),
		Grants:              review.NewGrants(u.shelf, l, u.store, c),
		Password:            signin.NewPassword(l, u.shelf, cheapHashes(), attempts, k, c, e),
		Leave:               signin.NewLeave(l, c),

		Proofs:   u.proofs(attempts),
		Passkeys: u.passkeys(attempts),
		Keys:     u.accessKeys(attempts),
		Upstream: u.upstream(),
		Account:  u.account(attempts),
		Admin:    u.admin(),
	}
}

// outage is a store that can be made to fail.
type outage struct {
	ports.EventStore
	away atomic.Bool
}

var errAway = errors.New("the disk with secret-hostname is away")

func (o *outage) broken() error {
	if o.away.Load() {
		return errAway
	}
	return nil
}

func (o *outage) Append(ctx context.Context, c ports.Commit) error {
	if o.away.Load() {
		return errAway
	}
	return o.EventStore.Append(ctx, c)
}

func (o *outage) Load(ctx context.Context, s []event.Stream) ([]ports.Row, error) {
	if o.away.Load() {
		return nil, errAway
	}
	return o.EventStore.Load(ctx, s)
}

func (o *outage) Confirm(ctx context.Context, read []ports.Expectation, era int64) (bool, error) {
	if o.away.Load() {
		return false, errAway
	}
	return o.EventStore.Confirm(ctx, read, era)
}

// plainPages stand for the pages that people see.
type plainPages struct{}

func (plainPages) Mount(r gin.IRoutes) {
	r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "sign in") })
	r.GET("/panic", func(*gin.Context) { panic("hunter2") })
}

func (plainPages) Problem(c *gin.Context, status int, cause error) {
	var refusal *oauth.Error
	_ = errors.As(cause, &refusal) // anything else is not shown
	c.Data(status, "text/html; charset=utf-8", fmt.Appendf(nil, "<h1>%d</h1><p>%v</p>", status, refusal))
}

// observed keeps what the observer was told.
type observed struct {
	mu   sync.Mutex
	seen []string
}

func (o *observed) Request(route, grant, outcome string, _ float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, strings.TrimSpace(route+" "+grant+" "+outcome))
}

func (o *observed) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[len(o.seen)-1]
}

// do answers a request, and checks that the answer is one that the description of the API allows.
func (r *rig) do(req *http.Request) *httptest.ResponseRecorder {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	r.spec.check(r.t, req, w)
	return w
}

// person opens an account that can sign in.
func (r *rig) person(handle string) string {
	r.t.Helper()
	_, err := r.accounts.Create(r.t.Context(), administer.NewAccount{
		Profile: account.Profile{
			Handle: event.Personal(handle), Name: "Ada Lovelace", Email: event.Personal(handle + "@example.org"), EmailVerified: true,
		},
		Password: password,
	})
	must(r.t, err)
	return field(r.t, r.signIn(handle, password), "id")
}

func (r *rig) signIn(handle, secret string) *httptest.ResponseRecorder {
	r.t.Helper()
	return r.do(jsonRequest(r.t, http.MethodPost, "/api/auth/password/signin", `{"identifier":"`+handle+`","token":"`+secret+`"}`))
}

// browser is a browser in which somebody is signed in.
type browser struct {
	r      *rig
	cookie *http.Cookie
}

func (r *rig) browser(handle string) browser {
	r.t.Helper()
	cookies := r.signIn(handle, password).Result().Cookies()
	if len(cookies) != 1 {
		r.t.Fatalf("signing in set %d cookies", len(cookies))
	}
	return browser{r, cookies[0]}
}

func (b browser) do(req *http.Request) *httptest.ResponseRecorder {
	b.r.t.Helper()
	req.AddCookie(b.cookie)
	return b.r.do(req)
}

// web is a confidential client with all that a person can allow.
func webSettings() client.Settings {
	return client.Settings{
		Name: "Web", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, RequirePKCE: true,
		RedirectURIs: []oauth.RedirectURI{callback},
		Grants:       []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant, oauth.ClientCredentialsGrant, oauth.DeviceCodeGrant},
		Allowed:      "openid profile email phone offline_access CREATE_POST READ_PROFILE",
	}
}

func publicSettings() client.Settings {
	s := webSettings()
	s.Name, s.Confidential, s.AuthMethod = "Native", false, oauth.AuthNone
	s.RedirectURIs = []oauth.RedirectURI{"http://127.0.0.1/cb"}
	s.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant, oauth.DeviceCodeGrant}
	return s
}

// registered is a client with its secret.
type registered struct {
	id, secret string
	redirect   string
}

func (r *rig) client(s client.Settings, id string) registered {
	r.t.Helper()
	made, err := r.clients.Create(r.t.Context(), administer.NewClient{ClientID: oauth.ClientID(id), Settings: s})
	must(r.t, err)
	c := registered{id: string(made.Client.ClientID), secret: made.Secret.Reveal()}
	if len(s.RedirectURIs) > 0 {
		c.redirect = string(s.RedirectURIs[0])
	}
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	must(t, err)
	return u
}
