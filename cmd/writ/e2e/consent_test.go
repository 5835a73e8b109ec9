package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const wikiCallback = "https://wiki.example.org/cb"

// wiki registers a confidential client on the web.
func (w *world) wiki() (application, *oauth2.Config) {
	w.t.Helper()
	a := w.register("Wiki", "confidential", "authorization_code refresh_token", "--redirect-uri", wikiCallback, "--scope", allScope)
	config := w.config(a, "openid READ_PROFILE")
	config.RedirectURL = wikiCallback
	return a, config
}

// sentTo is the query with which the browser was sent to the wiki.
func sentTo(t *testing.T, b *browser) url.Values {
	t.Helper()
	if b.at.Host != "wiki.example.org" {
		t.Fatalf("the browser is at %s, status %d, and not at the client: %s", b.at, b.status, b.text())
	}
	return b.at.Query()
}

func TestConsentIsRememberedForAClientOnTheWeb(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-054", "R-088")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	_, config := w.wiki()
	ask := func(prompt string) string {
		return config.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()), oauth2.SetAuthURLParam("prompt", prompt))
	}
	b := w.browser().open(ask("none"))
	if got := sentTo(t, b).Get("error"); got != "login_required" {
		t.Errorf("prompt=none without a session is answered %q", got)
	}
	b.open(ask("")).signIn(ada)
	if got := sentTo(t, w.copyOf(b).open(ask("none"))).Get("error"); got != "consent_required" && got != "interaction_required" {
		t.Errorf("prompt=none without consent is answered %q", got)
	}
	verifier := oauth2.GenerateVerifier()
	b.open(config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))).press("consent-approve", nil)
	if _, err := config.Exchange(t.Context(), sentTo(t, b).Get("code"), oauth2.VerifierOption(verifier)); err != nil {
		t.Fatal(err)
	}
	for _, prompt := range []string{"", "none"} {
		if !sentTo(t, b.open(ask(prompt))).Has("code") {
			t.Errorf("with prompt=%s the consent is not remembered: %s", prompt, b.at)
		}
	}
	b.open(ask("consent")).mustFind("consent-approve")
}

// copyOf is another tab of a browser.
func (w *world) copyOf(b *browser) *browser {
	w.t.Helper()
	tab := w.browser()
	tab.client.Jar = b.client.Jar
	return tab
}

func TestNativeClientIsAlwaysAsked(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-088")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	w.allow(ada, notes, "openid READ_PROFILE")
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	b := w.browser().open(w.config(notes, "openid READ_PROFILE").AuthCodeURL("s", challenge)).signIn(ada)
	b.mustFind("consent-approve")
}

func TestRequestThatIsPostedFromAnotherSite(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-046", "R-009")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	_, config := w.wiki()
	verifier := oauth2.GenerateVerifier()
	from, err := url.Parse(config.AuthCodeURL("posted", oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser().open(w.URL + "/login").signIn(ada)
	posted := ask(t, http.MethodPost, w.URL+from.Path, from.Query())
	posted.Header.Set("Origin", "https://wiki.example.org")
	posted.Header.Set("Sec-Fetch-Site", "cross-site")
	got := do(t, w.frontend().client, posted) // without the cookie, which is not sent across sites
	if got.status != http.StatusSeeOther {
		t.Fatalf("the endpoint answers %d: %s", got.status, got.body)
	}
	next, err := posted.URL.Parse(got.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	b.open(next.String()).press("consent-approve", nil)
	if back := sentTo(t, b); back.Get("state") != "posted" || !back.Has("code") {
		t.Errorf("the browser was sent to %s", b.at)
	}
}

func TestRequestOfAnotherBrowserCannotBeApproved(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-060", "R-061")
	w := serve(t, harness.Options{})
	ada, eve := w.hire("ada"), w.hire("eve")
	_, config := w.wiki()
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	hers := w.browser().open(config.AuthCodeURL("s", challenge)).signIn(eve)
	hers.mustFind("consent-approve")
	lured := w.browser().open(hers.at.String()).signIn(ada)
	if lured.page == nil || find(lured.page, "consent-approve") != nil {
		t.Fatalf("another browser sees the request at %s", lured.at)
	}
	at := hers.at.String()
	hers.press("consent-approve", nil)
	if !sentTo(t, hers).Has("code") {
		t.Errorf("who began the request was sent to %s", hers.at)
	}
	if again := hers.open(at); again.page == nil || find(again.page, "consent-approve") != nil {
		t.Error("a request that was decided can be decided again")
	}
}

func TestFrontendOfOneselfDecidesForADevice(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, bob, tv := w.hire("ada"), w.hire("bob"), w.tv()
	started, err := w.config(tv, "openid READ_PROFILE").DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/oauth/device/consent?user_code=" + url.QueryEscape(started.UserCode)
	seen := w.frontend().signIn(ada).must(http.StatusOK, http.MethodGet, path, nil).json(t)
	if seen["client_name"] != "Television" || seen["user_code"] != started.UserCode {
		t.Errorf("the frontend is shown %v", seen)
	}
	decision := map[string]string{"user_code": started.UserCode, "decision": "approve"}
	if got := w.frontend().signIn(bob).call(http.MethodPost, "/api/oauth/device/consent", decision); got.status == http.StatusOK {
		t.Error("somebody else decides on a code that was claimed")
	}
	w.frontend().signIn(ada).must(http.StatusOK, http.MethodPost, "/api/oauth/device/consent", decision)
	token, err := w.config(tv, "openid READ_PROFILE").DeviceAccessToken(t.Context(), started)
	if err != nil || scopeOf(token) != "openid READ_PROFILE" {
		t.Errorf("the device gets %v: %v", token, err)
	}
}

// TestB4AClientCannotPassForTheServer: whatever a client calls itself, people see where it leads them,
// that nobody vouches for it, and what it really gets; and nobody registers one by himself.
func TestB4AClientCannotPassForTheServer(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	a := w.register("Writ <b>Administrator</b>", "public", "authorization_code refresh_token",
		"--redirect-uri", wikiCallback, "--scope", "openid email offline_access")
	config := w.config(a, "openid email offline_access")
	config.RedirectURL = wikiCallback
	b := w.browser().open(config.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))).signIn(ada)
	text := b.text()
	for _, want := range []string{"<b>Administrator</b>", "wiki.example.org", "Not verified", "Your e-mail address, to keep", "Until you remove it, also while you are away"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	answer, err := http.PostForm(w.URL+"/api/oauth/register", url.Values{"client_name": {"Writ"}, "scope": {"ADMINISTRATOR"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("registration answers %s, %v", answer.Status, err)
	}
}
