package httpapi_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"writ/adapters/httpapi"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/ports"
	"writ/ports/portstest/req"
)

// abroad is another provider, which says what it is told to say for a code.
type abroad struct {
	asked ports.UpstreamQuestion
	away  error
}

// people are who the codes of that provider stand for.
var people = map[string]ports.UpstreamPerson{
	"odin":       {Issuer: "https://id.example", Subject: "17", Email: "odin@id.example", Handle: "Odin.Borson", Name: "Odin\u200b Borson"},
	"odin's son": {Issuer: "https://id.example", Subject: "18", Handle: "odin-borson"},
	"ada":        {Issuer: "https://id.example", Subject: "19", Email: "ADA@example.org", Handle: "ada"},
	"nobody":     {Issuer: "https://id.example", Subject: "20"},
}

func (a *abroad) All() []ports.Upstream {
	return []ports.Upstream{{Name: "other", Label: "The other", Issuer: "https://id.example"}}
}

func (a *abroad) Ask(_ context.Context, name string, q ports.UpstreamQuestion) (string, error) {
	if name != "other" {
		return "", ports.ErrNotFound
	}
	a.asked = q
	return "https://id.example/authorize?state=" + q.State, a.away
}

func (a *abroad) Answer(_ context.Context, _ string, got ports.UpstreamAnswer) (ports.UpstreamPerson, error) {
	who, known := people[got.Code.Reveal()]
	if !known || got.Question.Nonce == "" || got.Question.Verifier == "" {
		return who, ports.ErrUnproven
	}
	return who, a.away
}

// upstream wires the use cases of other providers as the program does.
func (u useCases) upstream() httpapi.UpstreamUseCases {
	r, c := u.rig, u.rig.clock
	r.abroad = &abroad{}
	return httpapi.UpstreamUseCases{
		Begin: signin.NewUpstreamBegin(r.abroad, u.vault, c, u.entropy),
		Finish: signin.NewUpstreamFinish(signin.UpstreamRoles{
			Ledger: u.ledger, Finder: u.shelf, Upstreams: r.abroad, Vault: u.vault, Clock: c, Entropy: u.entropy,
		}, r.server, u.keys, true),
		Own: maintain.NewIdentities(u.ledger, u.shelf, r.abroad, u.vault, c),
	}
}

// journey is a browser that is at another provider.
type journey struct {
	r      *rig
	state  string
	ticket *http.Cookie
}

func (r *rig) journey(t *testing.T, w *httptest.ResponseRecorder) journey {
	t.Helper()
	to := w.Header().Get("Location")
	switch {
	case strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"):
		to = html.UnescapeString(strings.Split(strings.SplitAfter(w.Body.String(), `href="`)[1], `"`)[0])
	case w.Code == http.StatusOK:
		to = field(t, w, "location")
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("status %d with %d cookies: %s", w.Code, len(cookies), w.Body)
	}
	return journey{r, mustURL(t, to).Query().Get("state"), cookies[0]}
}

func (r *rig) depart(t *testing.T, returnURL string) journey {
	t.Helper()
	return r.journey(t, r.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", `{"return_url":"`+returnURL+`"}`)))
}

// back is how the browser comes back with a code.
func (j journey) back(t *testing.T, code string) *http.Request {
	t.Helper()
	q := get(t, "/api/auth/upstream/other/callback?"+url.Values{"state": {j.state}, "code": {code}}.Encode())
	q.AddCookie(j.ticket)
	return q
}

// session is the cookie of a session that an answer began.
func sessionOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-writ_session" && c.MaxAge > 0 {
			return c
		}
	}
	t.Fatalf("no session with status %d: %s", w.Code, w.Body)
	return nil
}

func TestAnotherProviderSignsIn(t *testing.T) {
	r := newRig(t)
	first := r.do(r.depart(t, "/oauth/authorize?x=1").back(t, "odin"))
	if to := location(t, first).String(); to != "/oauth/authorize?x=1" {
		t.Errorf("went on to %s", to)
	}
	second := r.do(r.depart(t, "").back(t, "odin"))
	if to := location(t, second).String(); to != "/" {
		t.Errorf("went on to %s", to)
	}
	odin := browser{r, sessionOf(t, second)}
	linked := odin.do(get(t, "/api/auth/identities"))
	if body := linked.Body.String(); strings.Count(body, `"provider":"other"`) != 1 || !strings.Contains(body, `"email":"odin@id.example"`) || strings.Contains(body, `"17"`) {
		t.Errorf("linked %s", body)
	}
	a, err := r.accounts.Find(t.Context(), "odin-borson")
	must(t, err)
	if a.Profile.Name.Reveal() != "Odin Borson" || !a.Profile.EmailVerified || a.Permissions != r.server.NewcomerHolds {
		t.Errorf("opened %+v", a)
	}
	r.do(r.depart(t, "").back(t, "odin's son")) // the handle is taken
	location(t, r.do(r.depart(t, "").back(t, "nobody")))
}

func TestAFormNeedsNoScript(t *testing.T) {
	r := newRig(t)
	w := r.do(post(t, "/api/auth/upstream/other", "return_url=%2Fdevice"))
	answers(t, w, http.StatusOK)
	if to := location(t, r.do(r.journey(t, w).back(t, "odin"))).String(); to != "/device" {
		t.Errorf("went on to %s", to)
	}
	answers(t, r.do(post(t, "/api/auth/upstream/nobody", "")), http.StatusNotFound)
	answers(t, r.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/nobody", "{}")), http.StatusNotFound)
}

func TestAnUpstreamAddressIsNoWayIntoAnAccount(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	refused := r.do(header(r.depart(t, "").back(t, "ada"), "Accept", "application/json"))
	wants(t, refused, http.StatusConflict, "sign_in_and_link")

	ada := r.browser("ada")
	linking := r.journey(t, ada.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", `{"link":true,"return_url":"/account"}`)))
	if to := location(t, ada.do(linking.back(t, "ada"))).String(); to != "/account" {
		t.Errorf("went on to %s", to)
	}
	in := r.do(r.depart(t, "").back(t, "ada"))
	if got := field(t, browser{r, sessionOf(t, in)}.do(get(t, "/api/oauth/authorize/consent?request_id=x")), "error"); got != "invalid_request" {
		t.Errorf("signed in as nobody: %s", got)
	}
}

func TestWhoMayLink(t *testing.T) {
	req.Covers(t, "R-060")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	ada, eve := r.browser("ada"), r.browser("eve")
	link := func(b browser) journey {
		return r.journey(t, b.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", `{"link":true}`)))
	}
	answers(t, r.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", `{"link":true}`)), http.StatusUnauthorized)
	answers(t, r.do(link(ada).back(t, "nobody")), http.StatusUnauthorized)
	answers(t, eve.do(link(ada).back(t, "nobody")), http.StatusUnauthorized)
	answers(t, eve.do(link(eve).back(t, "nobody")), http.StatusFound)
	answers(t, ada.do(link(ada).back(t, "nobody")), http.StatusConflict)
	r.clock.pass(16 * time.Minute)
	answers(t, ada.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", `{"link":true}`)), http.StatusForbidden)
}

func TestUnlinking(t *testing.T) {
	r := newRig(t)
	odin := browser{r, sessionOf(t, r.do(r.depart(t, "").back(t, "nobody")))}
	list := odin.do(get(t, "/api/auth/identities"))
	path := "/api/auth/identities/" + strings.Split(strings.SplitAfter(list.Body.String(), `"id":"`)[1], `"`)[0]
	answers(t, odin.do(request(t, http.MethodDelete, path)), http.StatusConflict)
	r.person("ada")
	answers(t, r.browser("ada").do(request(t, http.MethodDelete, path)), http.StatusNotFound)
	a, err := r.accounts.Find(t.Context(), "member")
	must(t, err)
	_, made := odin.register(t, a.Account, "k")
	answers(t, made, http.StatusOK)
	answers(t, odin.do(request(t, http.MethodDelete, path)), http.StatusNoContent)
	answers(t, odin.do(request(t, http.MethodDelete, path)), http.StatusNotFound)
	answers(t, odin.do(request(t, http.MethodDelete, "/api/auth/passkeys/"+field(t, made, "id"))), http.StatusConflict)
}

// TestAJourneyBelongsToItsBrowser shows that nobody can be made to end what another browser began, and
// that nothing works twice, late or elsewhere (OIDC Core §3.1.2.7, RFC 9700 §4.7).
func TestAJourneyBelongsToItsBrowser(t *testing.T) {
	r := newRig(t)
	without := r.depart(t, "")
	answers(t, r.do(get(t, "/api/auth/upstream/other/callback?code=odin&state="+without.state)), http.StatusForbidden)
	one, two := r.depart(t, ""), r.depart(t, "")
	answers(t, r.do(journey{r, one.state, two.ticket}.back(t, "odin")), http.StatusForbidden)
	renamed := *two.ticket
	renamed.Name = one.ticket.Name
	answers(t, r.do(journey{r, one.state, &renamed}.back(t, "odin")), http.StatusForbidden)
	answers(t, r.do(one.back(t, "made up")), http.StatusForbidden)
	answers(t, r.do(two.back(t, "odin")), http.StatusFound)
	answers(t, r.do(one.back(t, "odin")), http.StatusFound) // both tabs come home
	answers(t, r.do(two.back(t, "odin")), http.StatusForbidden)
	late := r.depart(t, "")
	r.clock.pass(10 * time.Minute)
	answers(t, r.do(late.back(t, "odin")), http.StatusForbidden)
	for _, query := range []string{"", "?state=x", "?state=" + late.state + "&state=x", "?code=odin", "?state=" + strings.Repeat("a", 63) + "&code=x"} {
		w := r.do(get(t, "/api/auth/upstream/other/callback"+query))
		if w.Code != http.StatusForbidden && w.Code != http.StatusBadRequest {
			t.Errorf("%q answered %d", query, w.Code)
		}
	}
}

func TestWhereAJourneyEnds(t *testing.T) {
	req.Covers(t, "R-084")
	r := newRig(t, func(cfg *httpapi.Config, _ *httpapi.Roles) { cfg.WebOrigins = []string{frontend} })
	for wanted, want := range map[string]string{
		"/account?x=%2F": "/account?x=%2F", frontend + "/home": frontend + "/home", "": "/",
		"https://evil.test/": "/", "//evil.test": "/", "/\\\\evil.test": "/", "javascript:alert(1)": "/",
		"https://u:p@app.writ.test/": "/", frontend + ".evil.test/": "/", "/" + strings.Repeat("a", 2000): "/",
	} {
		if to := location(t, r.do(r.depart(t, wanted).back(t, "odin"))).String(); to != want {
			t.Errorf("%q ends at %q, want %q", wanted, to, want)
		}
	}
	j := r.depart(t, "/account")
	q := get(t, "/api/auth/upstream/other/callback?error=access_denied&state="+j.state)
	q.AddCookie(j.ticket)
	if to := location(t, r.do(q)); to.Path != "/login" || to.Query().Get("return_url") != "/account" {
		t.Errorf("whoever changed their mind is sent to %s", to)
	}
}

func TestAProviderThatIsAway(t *testing.T) {
	r := newRig(t)
	j := r.depart(t, "")
	r.abroad.away = context.DeadlineExceeded
	answers(t, r.do(jsonRequest(t, http.MethodPost, "/api/auth/upstream/other", "{}")), http.StatusServiceUnavailable)
	answers(t, r.do(post(t, "/api/auth/upstream/other", "")), http.StatusServiceUnavailable)
	answers(t, r.do(j.back(t, "odin")), http.StatusServiceUnavailable)
}
