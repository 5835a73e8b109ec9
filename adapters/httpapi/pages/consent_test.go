package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func consentPath(requestID string) string {
	return "/oauth/authorize/consent?request_id=" + url.QueryEscape(requestID)
}

func TestConsentShowsWhoAsksForWhat(t *testing.T) {
	req.Covers(t, "R-086")
	w := newWorld(t)
	b := w.signedIn("alice")
	id := w.client(webClient("https://photos.example.net:8443/back"))

	page := b.get(consentPath(w.request(b, id, "openid email offline_access CREATE_POST MANAGE_SETTINGS")))

	for element, want := range map[string]string{
		"consent-client": "Photo Album", "consent-client-id": string(id),
		"consent-host": "photos.example.net:8443", "consent-account": "alice",
	} {
		if got := text(b.find(page, element)); got != want {
			t.Errorf("%s shows %q, want %q", element, got, want)
		}
	}
	granted, declined := text(b.find(page, "gives-granted")), text(b.find(page, "gives-declined"))
	for _, words := range []string{"e-mail address", "also while you are away", "posts in your name"} {
		if !strings.Contains(granted, words) {
			t.Errorf("what is given does not say %q: %s", words, granted)
		}
	}
	if !strings.Contains(declined, "settings of this site") || strings.Contains(granted, "settings of this site") {
		t.Errorf("what the account does not hold is not told apart: %s", declined)
	}
	for _, warning := range []string{"consent-local", "consent-private", "gives-inherits"} {
		if element(t, page, warning) != nil {
			t.Errorf("the page has %s without reason", warning)
		}
	}
}

func TestConsentWarns(t *testing.T) {
	req.Covers(t, "R-086")
	inherits := webClient("https://photos.example.net/back")
	inherits.Policy = oauth.Inherit
	for name, tc := range map[string]struct {
		settings client.Settings
		warning  string
		host     string
	}{
		"a program on this computer": {webClient("http://127.0.0.1/back"), "consent-local", "127.0.0.1"},
		"an app on this device":      {webClient("com.example.photos:/back"), "consent-private", "com.example.photos"},
		"all permissions":            {inherits, "gives-inherits", "photos.example.net"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.signedIn("alice")
			page := b.get(consentPath(w.request(b, w.client(tc.settings), "openid")))
			b.find(page, tc.warning)
			if got := text(b.find(page, "consent-host")); got != tc.host {
				t.Errorf("the host reads %q, want %q", got, tc.host)
			}
			if tc.warning == "gives-inherits" && !strings.Contains(text(b.find(page, "gives-granted")), "posts in your name") {
				t.Error("the permissions are not listed")
			}
		})
	}
}

func TestApprovingSendsTheCodeToTheClient(t *testing.T) {
	req.Covers(t, "R-005", "R-008", "R-009", "R-090")
	w := newWorld(t)
	b := w.signedIn("alice")
	requestID := w.request(b, w.client(webClient("https://photos.example.net/back?x=1")), "openid CREATE_POST")
	page := b.get(consentPath(requestID))
	if csp := page.Header().Get("Content-Security-Policy"); strings.Contains(csp, "form-action") {
		t.Errorf("form-action would stop the redirect to the client: %s", csp)
	}
	form := b.form(page, "consent-approve")
	form.Set("scope", "ADMINISTRATOR")
	form.Add("scope", "MANAGE_SETTINGS")

	got := b.post("/oauth/authorize/consent", form)

	location, err := url.Parse(got.Header().Get("Location"))
	if err != nil || got.Code != http.StatusSeeOther || location.Host != "photos.example.net" {
		t.Fatalf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	q := location.Query()
	if q.Get("code") == "" || q.Get("state") != "xyz" || q.Get("iss") != issuer || q.Get("x") != "1" {
		t.Errorf("the response is %v", q)
	}
	if got.Header().Get("Cache-Control") != "no-store" || got.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the code can leak: %v", got.Header())
	}
	if scope := w.approved(q.Get("code")); scope != "openid CREATE_POST" {
		t.Errorf("approved %q", scope)
	}
}

func TestDenyingTellsTheClientAndGivesNothing(t *testing.T) {
	req.Covers(t, "R-009", "R-091")
	w := newWorld(t)
	b := w.signedIn("alice")
	page := b.get(consentPath(w.request(b, w.client(webClient("https://photos.example.net/back")), "openid")))

	got := b.post("/oauth/authorize/consent", b.form(page, "consent-deny"))

	location, _ := url.Parse(got.Header().Get("Location"))
	q := location.Query()
	if got.Code != http.StatusSeeOther || q.Get("error") != "access_denied" || q.Get("state") != "xyz" || q.Get("iss") != issuer || q.Has("code") {
		t.Errorf("got %d with %v", got.Code, q)
	}
	b.find(b.get("/account/applications"), "applications-none")
}

func TestADecidedRequestShowsAPageAndDecidesNothing(t *testing.T) {
	req.Covers(t, "R-061")
	w := newWorld(t)
	b := w.signedIn("alice")
	requestID := w.request(b, w.client(webClient("https://photos.example.net/back")), "openid")
	form := b.form(b.get(consentPath(requestID)), "consent-approve")
	b.post("/oauth/authorize/consent", form)
	before := w.head()

	for name, got := range map[string]int{
		"posting again": b.post("/oauth/authorize/consent", form).Code,
		"looking again": b.get(consentPath(requestID)).Code,
		"no such":       b.get(consentPath("nonsense")).Code,
		"none":          b.get("/oauth/authorize/consent").Code,
	} {
		if got != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", name, got)
		}
	}
	b.find(b.get(consentPath(requestID)), "problem-text")
	if w.head() != before {
		t.Error("something was written")
	}
}

func TestARequestOfAnotherBrowserIsUnknown(t *testing.T) {
	req.Covers(t, "R-060")
	w := newWorld(t)
	attacker, victim := w.signedIn("mallory"), w.signedIn("alice")
	requestID := w.request(attacker, w.client(webClient("https://photos.example.net/back")), "openid")

	got := victim.get(consentPath(requestID))

	if got.Code != http.StatusBadRequest || element(t, got, "consent-approve") != nil {
		t.Errorf("got %d:\n%s", got.Code, got.Body)
	}
}

func TestSignedOutVisitorsSignInFirst(t *testing.T) {
	req.Covers(t, "R-060")
	w := newWorld(t)
	for path, want := range map[string]string{
		"/oauth/authorize/consent?request_id=a%2Bb": "/login?return_url=%2Foauth%2Fauthorize%2Fconsent%3Frequest_id%3Da%252Bb",
		"/device?user_code=wdjbmjht":                "/login?return_url=%2Fdevice%3Fuser_code%3DWDJB-MJHT",
		"/device":                                   "/login?return_url=%2Fdevice",
		"/account/applications":                     "/login?return_url=%2Faccount%2Fapplications",
	} {
		got := w.browser().get(path)
		if got.Code != http.StatusFound || got.Header().Get("Location") != want {
			t.Errorf("%s: got %d to %q", path, got.Code, got.Header().Get("Location"))
		}
	}
	got := w.browser().post("/device", url.Values{"user_code": {"WDJB-MJHT"}, "decision": {"approve"}})
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/login?return_url=%2Fdevice%3Fuser_code%3DWDJB-MJHT" {
		t.Errorf("posting: got %d to %q", got.Code, got.Header().Get("Location"))
	}
}

func TestAnAccountWithoutThePermissionCannotConsent(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	requestID := w.request(b, w.client(webClient("https://photos.example.net/back")), "openid")
	form := b.form(b.get(consentPath(requestID)), "consent-approve")
	if _, err := w.accounts.SetPermissions(t.Context(), string(b.account), []string{"CREATE_POST"}); err != nil {
		t.Fatal(err)
	}

	if got := b.get(consentPath(requestID)); got.Code != http.StatusForbidden {
		t.Errorf("looking: got %d, want 403", got.Code)
	}
	if got := b.post("/oauth/authorize/consent", form); got.Code != http.StatusForbidden || got.Header().Get("Location") != "" {
		t.Errorf("approving: got %d to %q", got.Code, got.Header().Get("Location"))
	}
	form.Set("decision", "deny")
	if got := b.post("/oauth/authorize/consent", form); got.Code != http.StatusSeeOther {
		t.Errorf("denying: got %d, want 303", got.Code)
	}
}

func TestWhatAClientIsCalledCannotChangeThePage(t *testing.T) {
	req.Covers(t, "R-087", "R-264")
	w := newWorld(t)
	b := w.signedIn("alice")
	hostile := webClient("https://photos.example.net/back")
	hostile.Name = `</title><script>alert("1")</script> & 'x' <img src=//evil.example>`
	id := w.client(hostile)

	page := b.get(consentPath(w.request(b, id, "openid")))

	if got := text(b.find(page, "consent-client")); got != hostile.Name {
		t.Errorf("the name reads %q", got)
	}
	for _, tag := range []string{"<script", "<img src=//", "evil.example>"} {
		if strings.Contains(page.Body.String(), tag) {
			t.Errorf("the page holds %s", tag)
		}
	}
	w.grant(b.account, id)
	if list := b.get("/account/applications"); strings.Contains(list.Body.String(), "<script") {
		t.Error("the list of applications holds a script")
	}
}

// approved is the scope that was approved with a code.
func (w *world) approved(code string) oauth.Scope {
	w.t.Helper()
	token, ok := w.vault.TokenKeys().Parse(oauth.AuthorizationCode, code)
	if !ok {
		w.t.Fatal("the code is none of ours")
	}
	z := authorization.Named(token.ID())
	if err := w.ledger.Load(w.t.Context(), z); err != nil {
		w.t.Fatal(err)
	}
	return z.Approval().Scope
}
