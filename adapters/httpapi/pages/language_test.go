package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

func TestTheLanguageIsChosen(t *testing.T) {
	w := newWorld(t)
	inside := url.QueryEscape("/api/oauth/authorize?client_id=x&ui_locales=ja")
	for name, tc := range map[string]struct {
		query, header, want string
	}{
		"nothing said":                         {"", "", "en"},
		"what the browser prefers":             {"", "pl, fr;q=0.8, de;q=0.9", "de"},
		"a region that is not ours":            {"", "es-MX", "es"},
		"none that we speak":                   {"", "pl, tr", "en"},
		"nonsense":                             {"", ";;;q=x", "en"},
		"a header without end":                 {"", strings.Repeat("de,", 4000), "en"},
		"what the client asked for goes first": {"ui_locales=ar", "de", "ar"},
		"the dearest that we speak":            {"ui_locales=pl%20de%20fr", "ja", "de"},
		"none of what the client asked for":    {"ui_locales=pl", "fr", "fr"},
		"nonsense of the client":               {"ui_locales=%00%ff", "fr", "fr"},
		"too many of the client":               {"ui_locales=" + strings.Repeat("de+", 200), "fr", "fr"},
		"inside the place to return to":        {"return_url=" + inside, "fr", "ja"},
		"both":                                 {"ui_locales=de&return_url=" + inside, "fr", "de"},
	} {
		got := w.browser().send(http.MethodGet, "/login?"+tc.query, nil, func(r *http.Request) { r.Header.Set("Accept-Language", tc.header) })
		if page := got.Body.String(); !strings.Contains(page, `<html lang="`+tc.want+`"`) {
			t.Errorf("%s: the page begins %.60s, want %s", name, page, tc.want)
		}
	}
}

func TestArabicIsWrittenFromRightToLeft(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	arabic := func(r *http.Request) { r.Header.Set("Accept-Language", "ar") }
	path := consentPath(w.request(b, w.client(webClient("https://photos.example.net/back")), "openid"))

	got := b.send(http.MethodGet, path, nil, arabic)

	if !strings.Contains(got.Body.String(), `<html lang="ar" dir="rtl">`) {
		t.Errorf("the page begins %.60s", got.Body)
	}
	if !strings.Contains(got.Body.String(), "<h1>يطلب \u2068Photo Album\u2069") {
		t.Error("the client's name is not kept apart from the text around it")
	}
}

// TestTheLanguageStays follows the language that was asked for from a page to the forms on it.
func TestTheLanguageStays(t *testing.T) {
	req.Covers(t, "R-093")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()

	got := b.get("/device?ui_locales=de")

	location := got.Header().Get("Location")
	if location != "/login?return_url="+url.QueryEscape("/device?ui_locales=de") {
		t.Fatalf("sent to %s", location)
	}
	form := b.form(b.get(location), "login-submit")
	form.Set("handle", "alice")
	form.Set("password", "wrong")
	wrong := b.post("/login", form)
	if !strings.Contains(wrong.Body.String(), `lang="de"`) {
		t.Errorf("after a mistake the page begins %.60s", wrong.Body)
	}
	form.Set("password", password)
	in := b.post("/login", form)
	if page := b.get(in.Header().Get("Location")); b.form(page, "device-continue").Get("ui_locales") != "de" {
		t.Errorf("the form forgot the language:\n%s", page.Body)
	}
}
