package browser_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestArabicRunsFromRightToLeft(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes := w.hire("ada", "Ada Lovelace"), w.native("Notes")
	address, _ := notes.asks("s")
	b := browser(t).reads("ar-EG", "en").open(address).signIn(ada).sees("consent-approve")

	places := ask[map[string]float64](b, `Object.fromEntries(Object.entries({
		brand: '.site', account: '#account', icon: '.scope .icon', text: '.scope li > span', deny: '#consent-deny', approve: '#consent-approve',
	}).map(([name, selector]) => [name, document.querySelector(selector).getBoundingClientRect().x]))`)
	for _, order := range [][2]string{{"account", "brand"}, {"text", "icon"}, {"approve", "deny"}} {
		if places[order[0]] >= places[order[1]] {
			t.Errorf("%s is not on the left of %s: %v", order[0], order[1], places)
		}
	}
	if got := ask[string](b, "getComputedStyle(document.querySelector('h1')).direction"); got != "rtl" {
		t.Errorf("the heading runs %s", got)
	}
	if host := b.shows("consent-host"); !strings.HasPrefix(host, "127.0.0.1:") || !strings.Contains(b.text("h1"), "Notes") {
		t.Errorf("the host reads %q, the heading %q", host, b.text("h1"))
	}
}

// TestTheClientSaysTheLanguage keeps the language that a client asked for through signing in.
func TestTheClientSaysTheLanguage(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).reads("fr")
	for tag, want := range map[string]string{"ja": "ログイン", "de-AT": "Anmelden", "it es": "Iniciar sesión", "it": "Se connecter"} {
		query := url.Values{"ui_locales": {tag}, "client_id": {"x"}}
		b.open(w.URL + "/login?return_url=" + url.QueryEscape("/api/oauth/authorize?"+query.Encode()))
		if got := b.text("h1"); got != want {
			t.Errorf("ui_locales=%s: the heading reads %q, want %q", tag, got, want)
		}
		if got := b.fill("login-handle", "x").fill("login-password", "x").press("login-submit").text("h1"); got != want {
			t.Errorf("ui_locales=%s: after a mistake the heading reads %q, want %q", tag, got, want)
		}
	}
}

func TestLightAndDark(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).open(w.URL + "/login")
	brightness := func(scheme string) int {
		b.prefers("prefers-color-scheme", scheme)
		return ask[int](b, "+getComputedStyle(document.querySelector('main')).backgroundColor.match(/\\d+/)[0]")
	}
	if light, dark := brightness("light"), brightness("dark"); light < 200 || dark > 60 {
		t.Errorf("the card is as bright as %d in light and %d in dark", light, dark)
	}
	b.prefers("prefers-reduced-motion", "reduce")
	if got := ask[string](b, "getComputedStyle(document.getElementById('login-submit')).transitionDuration"); got != "0s" {
		t.Errorf("with reduced motion the button moves for %s", got)
	}
	b.prefers("forced-colors", "active")
	if got := ask[string](b, "getComputedStyle(document.getElementById('login-submit')).borderTopStyle"); got != "solid" {
		t.Errorf("with forced colors the button has the border %q", got)
	}
}

func TestABrandOfOnesOwn(t *testing.T) {
	t.Parallel()
	logo := filepath.Join(t.TempDir(), "logo.svg")
	drawn := `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40" fill="gold"/></svg>`
	if err := os.WriteFile(logo, []byte(drawn), 0o600); err != nil {
		t.Fatal(err)
	}
	w := serveWith(t, map[string]string{"WRIT_BRAND_NAME": "Acme & Söhne", "WRIT_BRAND_COLOR": "#ffd400", "WRIT_BRAND_LOGO": logo})
	b := browser(t).open(w.URL + "/login")

	if got := b.text(".site"); got != "Acme & Söhne" {
		t.Errorf("the site is called %q", got)
	}
	if got := ask[int](b, "document.querySelector('.site img').naturalWidth"); got != 80 {
		t.Errorf("the logo is %d wide", got)
	}
	for _, scheme := range []string{"light", "dark"} {
		b.prefers("prefers-color-scheme", scheme).accessible("a bright brand, " + scheme)
	}
}

// TestStrangeNamesStayInTheirPlace has a client call itself something that would break a page.
func TestStrangeNamesStayInTheirPlace(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", strings.Repeat("W", 100))
	for _, name := range []string{strings.Repeat("W", 100), "<script>document.title=1</script>", "شعار", strings.Repeat("長", 100)} {
		address := w.register(name, "https://"+strings.Repeat("long-", 10)+"name.example.net/back").asksAgain()
		b := browser(t).sized(phone).open(address).signIn(ada).sees("consent-approve")
		b.fits(name)
		if got := b.shows("consent-client"); got != name {
			t.Errorf("the client is called %q, want %q", got, name)
		}
	}
}
