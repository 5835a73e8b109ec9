package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

// from makes a request look as if it came from a page elsewhere.
func from(site, origin string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Del("Origin")
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	b := w.signedIn("alice")
	for name, tc := range map[string]struct {
		edit func(*http.Request)
		want int
	}{
		"this page":                           {from("same-origin", "null"), http.StatusOK},
		"this page, an older browser":         {from("", issuer), http.StatusOK},
		"no browser":                          {from("", ""), http.StatusOK},
		"typed by the person":                 {from("none", ""), http.StatusOK},
		"another site":                        {from("cross-site", "https://evil.example"), http.StatusForbidden},
		"another host of the site":            {from("same-site", "https://www.example.org"), http.StatusForbidden},
		"another site, an older browser":      {from("", "https://evil.example"), http.StatusForbidden},
		"a sandbox of an older browser":       {from("", "null"), http.StatusForbidden},
		"the issuer, behind a renaming proxy": {func(r *http.Request) { from("", issuer)(r); r.Host = "writ:8080" }, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			form := b.form(b.get("/device"), "device-continue")
			form.Set("user_code", w.deviceCode("openid"))
			if got := b.post("/device", form, tc.edit); got.Code != tc.want {
				t.Errorf("got %d, want %d", got.Code, tc.want)
			}
		})
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	alice, mallory := w.signedIn("alice"), w.signedIn("mallory")
	code := w.deviceCode("openid")
	id := w.client(webClient("https://photos.example.net/back"))
	requestID, grant := w.request(alice, id, "openid"), w.grant(alice.account, id)
	stolen := mallory.form(mallory.get("/device"), "device-continue").Get("csrf")
	before := w.head()
	for path, form := range map[string]url.Values{
		"/login":                       {"handle": {"mallory"}, "password": {password}},
		"/logout":                      {},
		"/device":                      {"user_code": {code}, "decision": {"approve"}},
		"/oauth/authorize/consent":     {"request_id": {requestID}, "decision": {"approve"}},
		"/account/applications/revoke": {"grant": {grant}},
	} {
		for name, token := range map[string]string{"none": "", "of another person": stolen, "nonsense": "!", "long": strings.Repeat("A", 43)} {
			form.Set("csrf", token)
			if got := alice.post(path, form); got.Code != http.StatusForbidden {
				t.Errorf("%s with the token %s: got %d, want 403", path, name, got.Code)
			}
		}
	}
	if w.head() != before {
		t.Error("something was written")
	}
}

func TestTheTokenOfAGuestIsTheBrowsersOwn(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	w.person("mallory")
	attacker, victim := w.browser(), w.browser()
	form := attacker.form(attacker.get("/login"), "login-submit")
	form.Set("handle", "mallory")
	form.Set("password", password)
	victim.get("/login")

	if got := victim.post("/login", form); got.Code != http.StatusForbidden {
		t.Errorf("a victim can be signed in as somebody else: %d", got.Code)
	}
	if got := w.browser().post("/login", form); got.Code != http.StatusForbidden {
		t.Errorf("a browser without cookies: %d", got.Code)
	}
}

func TestLookingChangesNothing(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	b := w.signedIn("alice")
	id := w.client(webClient("https://photos.example.net/back"))
	w.grant(b.account, id)
	code, requestID := w.deviceCode("openid"), w.request(b, id, "openid")
	before := w.head()
	for _, path := range []string{
		"/", "/login?handle=alice&password=" + password[:7], "/logout", "/device?user_code=" + code + "&decision=approve",
		consentPath(requestID) + "&decision=approve", "/account/applications", "/account/applications/revoke?grant=x",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if got := b.send(method, path, nil); got.Code >= http.StatusInternalServerError || got.Code == http.StatusSeeOther {
				t.Errorf("%s %s: got %d", method, path, got.Code)
			}
		}
	}
	if w.head() != before {
		t.Error("something was written")
	}
	b.find(b.get(consentPath(requestID)), "consent-approve")
}

func TestAFormThatIsTooLongIsRefused(t *testing.T) {
	w := newWorld(t)
	got := w.browser().post("/login", url.Values{"handle": {strings.Repeat("a", 1<<20)}})
	if got.Code != http.StatusBadRequest {
		t.Errorf("got %d, want 400", got.Code)
	}
}
