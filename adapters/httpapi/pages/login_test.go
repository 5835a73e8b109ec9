package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

func TestSigningIn(t *testing.T) {
	req.Covers(t, "R-009", "R-084", "R-085")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()

	got := b.signIn(" Alice ", password, "/device?user_code=WDJB-MJHT")

	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/device?user_code=WDJB-MJHT" {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	cookies := got.Header().Values("Set-Cookie")
	var sent string
	for _, c := range cookies {
		if strings.HasPrefix(c, "__Host-writ_session=") {
			sent = c
		}
	}
	for _, part := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Max-Age=7776000"} {
		if !strings.Contains(sent, part) {
			t.Errorf("the session cookie lacks %q: %s", part, sent)
		}
	}
	if strings.Contains(sent, "Domain") {
		t.Errorf("the session cookie has a domain: %s", sent)
	}
	if page := b.get("/"); text(b.find(page, "account")) != "alice" {
		t.Errorf("the first page does not greet alice:\n%s", page.Body)
	}
}

func TestAnUnknownHandleAndAWrongPasswordReadTheSame(t *testing.T) {
	req.Covers(t, "R-092")
	w := newWorld(t)
	w.person("alice")
	suspended := w.person("carol")
	if _, err := w.accounts.Suspend(t.Context(), string(suspended)); err != nil {
		t.Fatal(err)
	}
	b := w.browser()

	answers := map[string]string{}
	for _, handle := range []string{"alice", "nobody", "carol", "no handle at all!"} {
		secret := "wrong"
		if handle == "carol" {
			secret = password
		}
		got := b.signIn(handle, secret, "")
		if got.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", handle, got.Code)
		}
		answers[handle] = strings.ReplaceAll(got.Body.String(), `value="`+handle+`"`, "")
	}
	for handle, answer := range answers {
		if diff := cmp.Diff(answers["alice"], answer); diff != "" {
			t.Errorf("%s is told apart (-alice +%s):\n%s", handle, handle, diff)
		}
	}
	page := b.signIn("alice", "wrong", "")
	if b.find(page, "login-error"); attr(b.find(page, "login-password"), "value") != "" {
		t.Error("the password is sent back")
	}
}

func TestTooManyWrongPasswordsHaveToWait(t *testing.T) {
	req.Covers(t, "R-092")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()
	for range 5 {
		b.signIn("alice", "wrong", "")
	}

	got := b.signIn("alice", password, "")

	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
	}
	if hint := text(b.find(got, "problem-text")); !strings.Contains(hint, "60 minutes") {
		t.Errorf("the page says %q", hint)
	}
	if b.cookies["__Host-writ_session"] != "" {
		t.Error("somebody was signed in")
	}
}

func TestSigningInReplacesTheSession(t *testing.T) {
	req.Covers(t, "R-084")
	w := newWorld(t)
	b := w.signedIn("alice")
	old := b.cookies["__Host-writ_session"]

	b.signIn("alice", password, "")

	if b.cookies["__Host-writ_session"] == old {
		t.Fatal("the session stayed the same")
	}
	stolen := w.browser()
	stolen.cookies["__Host-writ_session"] = old
	if page := stolen.get("/"); element(t, page, "account") != nil {
		t.Error("the old session still works")
	}
}

func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	req.Covers(t, "R-084", "R-085")
	w := newWorld(t)
	b := w.signedIn("alice")
	token := b.cookies["__Host-writ_session"]

	got := b.post("/logout", b.form(b.get("/"), "logout-submit"))

	if got.Code != http.StatusSeeOther || b.cookies["__Host-writ_session"] != "" {
		t.Errorf("got %d, cookies %v", got.Code, b.cookies)
	}
	b.cookies["__Host-writ_session"] = token
	if page := b.get("/"); element(t, page, "account") != nil {
		t.Error("the ended session still works")
	}
	if got := b.post("/logout", nil); got.Code != http.StatusSeeOther {
		t.Errorf("signing out again: got %d", got.Code)
	}
}

func TestOnlyPathsOfThisServerAreReturnedTo(t *testing.T) {
	req.Covers(t, "R-093")
	w := newWorld(t)
	w.person("alice")
	for returnURL, want := range map[string]string{
		"/oauth/authorize/consent?request_id=a%2Fb": "/oauth/authorize/consent?request_id=a%2Fb",
		"/api/oauth/authorize?a=http://x&b=%5C":     "/api/oauth/authorize?a=http://x&b=%5C",
		"/":                                         "/",
		"":                                          "/",
		"//evil.example":                            "/",
		"///evil.example":                           "/",
		`/\evil.example`:                            "/",
		`\\evil.example`:                            "/",
		`/path\..\..\evil`:                          "/",
		"https://evil.example/":                     "/",
		"https:evil.example":                        "/",
		"https:/evil.example":                       "/",
		"javascript:alert(1)":                       "/",
		"evil.example":                              "/",
		" /evil":                                    "/",
		"/\t/evil.example":                          "/",
		"/\n/evil.example":                          "/",
		"\t//evil.example":                          "/",
		"/\x00":                                     "/",
		"/%zz":                                      "/",
		"/é":                                        "/",
		"@evil.example":                             "/",
		"/" + strings.Repeat("a", 9000):             "/",
	} {
		got := w.browser().signIn("alice", password, returnURL)
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != want {
			t.Errorf("%.60q: got %d to %q, want %q", returnURL, got.Code, got.Header().Get("Location"), want)
		}
	}
}

func TestThePlaceToReturnToCannotBeExchanged(t *testing.T) {
	req.Covers(t, "R-093")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()
	form := b.form(b.get("/login?return_url=/device"), "login-submit")
	form.Set("handle", "alice")
	form.Set("password", password)
	form.Set("return_url", "/account/applications")

	if got := b.post("/login", form); got.Code != http.StatusForbidden {
		t.Errorf("got %d, want 403", got.Code)
	}
}

func TestSomebodyWhoIsSignedInCanGoOn(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")

	page := b.get("/login?return_url=" + "/device%3Fuser_code%3DA%26b=c")

	if got := attr(b.find(page, "login-continue"), "href"); got != "/device?user_code=A&b=c" {
		t.Errorf("going on leads to %q", got)
	}
	if !strings.Contains(text(b.find(page, "login-already")), "alice") {
		t.Error("the page does not say who is signed in")
	}
}

// TestTheOtherTabGoesOn signs in in one tab while another one shows the form, too.
func TestTheOtherTabGoesOn(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()
	other := b.form(b.get("/login?return_url=/device"), "login-submit")
	b.signIn("alice", password, "")
	other.Set("handle", "alice")
	other.Set("password", "wrong")

	page := b.post("/login", other)

	if page.Code != http.StatusForbidden || attr(b.find(page, "login-continue"), "href") != "/device" {
		t.Errorf("got %d:\n%s", page.Code, page.Body)
	}
}
