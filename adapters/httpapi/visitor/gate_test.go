package visitor_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi/visitor"
	"writ/adapters/masterkey"
	"writ/adapters/system"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
	"writ/ports/portstest/req"
)

func TestCookiesOfIssuers(t *testing.T) {
	req.Covers(t, "R-084")
	for issuer, want := range map[string]visitor.Cookie{
		"https://id.example.org":      {Name: "__Host-writ_session", Secure: true},
		"https://id.example.org:8443": {Name: "__Host-writ_session", Secure: true},
		"http://localhost:8080":       {Name: "writ_session_8080"},
		"http://127.0.0.1:40001":      {Name: "writ_session_40001"},
		"http://[::1]:9":              {Name: "writ_session_9"},
		"http://localhost":            {Name: "writ_session_80"},
	} {
		u, err := url.Parse(issuer)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, visitor.CookieFor(u)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", issuer, diff)
		}
	}
}

// counting counts how often the ledger is read.
type counting struct {
	ports.Ledger

	loads int
}

func (l *counting) Load(ctx context.Context, into ...event.Aggregate) error {
	l.loads++
	return l.Ledger.Load(ctx, into...)
}

// place is a gate, with one person behind it.
type place struct {
	t      *testing.T
	gate   *visitor.Gate
	ledger *counting
	keys   oauth.TokenKeys
}

const cookieName = "__Host-writ_session"

func newPlace(t *testing.T) *place {
	t.Helper()
	store := bunstoretest.SQLite(t)
	ring, err := masterkey.Parse(masterkey.Generate())
	if err != nil {
		t.Fatal(err)
	}
	ledger := &counting{Ledger: eventsourcing.NewLedger(store, ring, system.NewEntropy())}
	recognise := signin.NewRecognise(ledger, store, ring.TokenKeys(), system.NewClock())
	return &place{
		t: t, ledger: ledger, keys: ring.TokenKeys(),
		gate: visitor.NewGate(recognise, visitor.Cookie{Name: cookieName, Secure: true}, [32]byte{1}),
	}
}

// session is the token of a new session of a new person.
func (p *place) session(id string) oauth.Opaque {
	p.t.Helper()
	entropy, clock := system.NewEntropy(), system.NewClock()
	token := p.keys.Mint(oauth.SessionToken, entropy.ID(), 0, [32]byte{2})
	a, s := account.Named(oauth.AccountID(id)), session.Unstarted(token.ID())
	err := p.ledger.Decide(p.t.Context(), func() error {
		at := clock.Now()
		s.Start(session.Started{Account: oauth.AccountID(id), Token: token.Digest(), AMR: []string{"pwd"}}, at)
		return a.Open(account.Opening{Profile: account.Profile{Handle: event.Personal(id)}, At: at})
	}, a, s)
	if err != nil {
		p.t.Fatalf("begin a session: %v", err)
	}
	return token
}

// visit is one request, with cookies as name=value.
func (p *place) visit(cookies ...string) (*gin.Context, *httptest.ResponseRecorder) {
	p.t.Helper()
	got := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(got)
	c.Request = httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "https://id.example.org/", http.NoBody)
	c.Request.Header.Set("Cookie", strings.Join(cookies, "; "))
	return c, got
}

func TestAVisitorIsRecognisedOnceARequest(t *testing.T) {
	p := newPlace(t)
	token := p.session("alice")
	c, _ := p.visit(cookieName + "=" + token.Reveal())

	for range 3 {
		got, err := p.gate.Recognise(c)
		if err != nil || got.Account != "alice" || got.Session != token.ID() {
			t.Fatalf("recognised %v, %v", got.Visitor, err)
		}
	}

	if p.ledger.loads != 1 {
		t.Errorf("read %d times, want once", p.ledger.loads)
	}
}

func TestNobodyIsRecognisedByNothing(t *testing.T) {
	p := newPlace(t)
	forged := oauth.TokenKeys{{ID: [4]byte{9}}}.Mint(oauth.SessionToken, system.NewEntropy().ID(), 0, [32]byte{}).Reveal()
	unknown := p.keys.Mint(oauth.SessionToken, system.NewEntropy().ID(), 0, [32]byte{}).Reveal()
	for name, cookie := range map[string]string{
		"no cookie": "", "an empty one": cookieName + "=", "another one": "x=y",
		"a forged one": cookieName + "=" + forged, "an unknown one": cookieName + "=" + unknown,
	} {
		c, _ := p.visit(cookie)
		if _, err := p.gate.Recognise(c); !errors.Is(err, session.ErrNotSignedIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOutageIsNotNobody(t *testing.T) {
	p := newPlace(t)
	c, got := p.visit(cookieName + "=" + p.session("alice").Reveal())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Request = c.Request.WithContext(ctx)

	if _, err := p.gate.Recognise(c); err == nil || errors.Is(err, session.ErrNotSignedIn) {
		t.Errorf("got %v, want an outage", err)
	}
	if p.gate.CSRF(c, "x") != "" || p.gate.CheckCSRF(c, "x", "") || len(got.Result().Cookies()) != 0 {
		t.Error("a visitor that is not known got a token or a cookie")
	}
}

func TestWelcomeAndFarewell(t *testing.T) {
	req.Covers(t, "R-084")
	p := newPlace(t)
	token := p.session("alice")
	c, got := p.visit(cookieName + "_guest=abc")

	p.gate.Welcome(c, token)

	want := []string{
		cookieName + "_guest=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		cookieName + "=" + token.Reveal() + "; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax",
	}
	if diff := cmp.Diff(want, got.Header().Values("Set-Cookie")); diff != "" {
		t.Errorf("the cookies of a welcome (-want +got):\n%s", diff)
	}
	if who, err := p.gate.Recognise(c); err != nil || who.Account != "alice" {
		t.Errorf("after the welcome: %v, %v", who.Account, err)
	}

	p.gate.Farewell(c)

	last := got.Header().Values("Set-Cookie")
	if diff := cmp.Diff(cookieName+"=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax", last[len(last)-1]); diff != "" {
		t.Errorf("the cookie of a farewell (-want +got):\n%s", diff)
	}
	if _, err := p.gate.Recognise(c); !errors.Is(err, session.ErrNotSignedIn) {
		t.Errorf("after the farewell: %v", err)
	}
}

func TestTokensAreBoundToVisitorAndPurpose(t *testing.T) {
	req.Covers(t, "R-085")
	p := newPlace(t)
	alice, bob := cookieName+"="+p.session("alice").Reveal(), cookieName+"="+p.session("bob").Reveal()
	first, _ := p.visit(alice)
	token := p.gate.CSRF(first, "consent 1")
	for name, tc := range map[string]struct {
		cookie, purpose, token string
		want                   bool
	}{
		"hers":            {alice, "consent 1", token, true},
		"another purpose": {alice, "consent 2", token, false},
		"another person":  {bob, "consent 1", token, false},
		"signed out":      {"", "consent 1", token, false},
		"cut short":       {alice, "consent 1", token[:20], false},
		"none":            {alice, "consent 1", "", false},
		"no base64url":    {alice, "consent 1", "!" + token[1:], false},
	} {
		c, _ := p.visit(tc.cookie)
		if got := p.gate.CheckCSRF(c, tc.purpose, tc.token); got != tc.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestAGuestGetsOneCookieForAllForms(t *testing.T) {
	req.Covers(t, "R-085")
	p := newPlace(t)
	c, got := p.visit()

	a, b := p.gate.CSRF(c, "a"), p.gate.CSRF(c, "b")

	cookies := got.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != cookieName+"_guest" || !cookies[0].HttpOnly || cookies[0].MaxAge != 0 || len(cookies[0].Value) < 26 {
		t.Fatalf("got the cookies %v", cookies)
	}
	next, again := p.visit(cookies[0].Name + "=" + cookies[0].Value)
	if !p.gate.CheckCSRF(next, "a", a) || !p.gate.CheckCSRF(next, "b", b) || p.gate.CheckCSRF(next, "a", b) {
		t.Error("the tokens are not those of the forms")
	}
	if p.gate.CSRF(next, "a") != a || len(again.Result().Cookies()) != 0 {
		t.Error("the guest is given another cookie")
	}
	stranger, _ := p.visit()
	if p.gate.CheckCSRF(stranger, "a", a) {
		t.Error("a browser without the cookie can use the token")
	}
}
