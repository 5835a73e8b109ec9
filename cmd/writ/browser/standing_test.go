package browser_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/oauth2"
)

func TestChangingTheProfileAndThePassword(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", "Ada Lovelace")
	b, elsewhere := browser(t).open(w.URL+"/login").signIn(ada), browser(t).open(w.URL+"/login").signIn(ada)
	b.press("home-profile").fill("profile-name", "Ada, Countess").fill("profile-handle", "countess").press("profile-submit").sees("account-done")
	if got := b.press("account-back").text("h1"); got != "Hello, Ada, Countess" {
		t.Errorf("the page says %q", got)
	}

	b.press("home-security").fill("password-present", "wrong").fill("password-new", "a better horse").press("password-submit").sees("form-error")
	b.fill("password-present", ada.password).fill("password-new", "a better horse").press("password-submit").sees("account-done")
	elsewhere.open(w.URL + "/account/profile").at("/login")
	elsewhere.signIn(person{Handle: "countess", password: "a better horse"}).at("/account/profile")
}

func TestEndingSessions(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", "Ada Lovelace")
	var others []*tab
	for range 2 {
		others = append(others, browser(t).open(w.URL+"/login").signIn(ada))
	}
	b := browser(t).open(w.URL + "/login").signIn(ada).press("home-sessions")
	if page := b.text("#sessions"); strings.Count(page, "Chrome on Linux") != 3 || strings.Count(page, "This one") != 1 {
		t.Errorf("the page reads %q", page)
	}

	b.unfold("ask-sessions-others").press("sessions-others").sees("account-done")

	for _, other := range others {
		other.open(w.URL + "/account/sessions").at("/login")
	}
	b.open(w.URL + "/account/sessions").at("/account/sessions")
}

func TestTakingOnesDataAndErasingTheAccount(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", "Ada Lovelace")
	b := browser(t).open(w.URL + "/login").signIn(ada).press("home-data")
	if file := b.download(w.URL + "/account/data/export"); !strings.Contains(file, "Ada Lovelace") || !strings.HasPrefix(file, "{") {
		t.Errorf("the file is %.200s", file)
	}

	b.unfold("ask-data-erase").press("data-erase").sees("told")

	b.open(w.URL + "/account/data").at("/login").signIn(ada).sees("login-error")
}

// TestAClientMayAskAgain signs in again because a client wants that, and chooses an account.
func TestAClientMayAskAgain(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes := w.hire("ada", "Ada Lovelace"), w.native("Notes")
	b := browser(t).open(w.URL + "/login").signIn(ada)

	address, verifier := notes.asks("s", oauth2.SetAuthURLParam("prompt", "login consent"), oauth2.SetAuthURLParam("ui_locales", "fr"))
	b.open(address).at("/login").sees("login-again")
	if b.has("login-continue") {
		t.Error("who is to sign in again can go on without")
	}
	b.fill("login-password", ada.password).press("login-submit").at("/oauth/authorize/consent")
	if got := b.text("h1"); got != "Notes demande l’accès à votre compte" {
		t.Errorf("the client asked for French: %q", got)
	}
	notes.redeem(b.press("consent-approve"), "s", verifier)

	address, verifier = notes.asks("t", oauth2.SetAuthURLParam("prompt", "select_account consent"))
	b.open(address).at("/login").press("login-continue").at("/oauth/authorize/consent")
	notes.redeem(b.press("consent-approve"), "t", verifier)
}

// download fetches an address with the cookies of the tab.
func (b *tab) download(address string) string {
	b.t.Helper()
	kept, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	b.must("read the cookies", err)
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, http.NoBody)
	b.must("ask for "+address, err)
	jar, err := cookiejar.New(nil)
	b.must("keep cookies", err)
	for _, c := range kept.Cookies {
		jar.SetCookies(request.URL, []*http.Cookie{{Name: c.Name, Value: c.Value, Path: "/"}})
	}
	response, err := (&http.Client{Jar: jar}).Do(request)
	b.must("ask for "+address, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	b.must("read "+address, err)
	return string(content)
}
