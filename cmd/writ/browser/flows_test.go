package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"golang.org/x/oauth2"
)

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", "Ada Lovelace")
	b := browser(t).open(w.URL + "/").press("home-login")

	b.fill("login-handle", ada.Handle).fill("login-password", "wrong").press("login-submit")
	if !strings.Contains(b.shows("login-error"), "Check both") {
		t.Errorf("the page says %q", b.shows("login-error"))
	}
	b.signIn(ada).at("/")
	if b.shows("account") != ada.Handle {
		t.Errorf("the page greets %q", b.shows("account"))
	}
	b.press("logout-submit").open(w.URL + "/account/applications").at("/login")
}

func TestAllowingAnApplication(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes := w.hire("ada", "Ada Lovelace"), w.native("Notes")
	address, verifier := notes.asks("state 1")
	b := browser(t).open(address).at("/login").signIn(ada).at("/oauth/authorize/consent")

	page := b.text("main")
	for _, told := range []string{
		"Notes asks for access", "127.0.0.1", "Not verified", ada.Handle + "@example.org", "Ada Lovelace", "Publish posts in your name", "Until you remove it",
	} {
		if !strings.Contains(page, told) {
			t.Errorf("the page does not say %q:\n%s", told, page)
		}
	}
	token := notes.redeem(b.press("consent-approve").sees("landed"), "state 1", verifier)

	if token.RefreshToken == "" || token.Extra("scope") != scope {
		t.Errorf("the client got the scope %q", token.Extra("scope"))
	}
}

func TestNotAllowingAnApplication(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes := w.hire("ada", "Ada Lovelace"), w.native("Notes")
	address, _ := notes.asks("s")
	b := browser(t).open(address).signIn(ada).press("consent-deny").sees("landed")

	if answer := b.address().Query(); answer.Get("error") != "access_denied" || answer.Get("state") != "s" || answer.Has("code") {
		t.Errorf("the client is told %v", answer)
	}
	b.open(w.URL + "/account/applications").sees("applications-none")
}

func TestConnectingADeviceByTyping(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, television := w.hire("ada", "Ada Lovelace"), w.television()
	shown := television.connect(t)
	b := browser(t).sized(phone).open(w.URL + "/").press("home-device").signIn(ada).at("/device")

	b.fill("device-code", "AAAA-AAAA").press("device-continue").sees("device-error")
	b.fill("device-code", strings.ToLower(strings.ReplaceAll(shown.UserCode, "-", ""))).keys(kb.Enter)

	if got := b.shows("device-shown"); got != shown.UserCode {
		t.Errorf("the page asks to compare %q, the device shows %q", got, shown.UserCode)
	}
	b.sees("device-warning").press("device-approve").sees("device-approved")
	if token := television.poll(t, shown); token.AccessToken == "" {
		t.Error("the device got no token")
	}
}

func TestConnectingADeviceByLink(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, television := w.hire("ada", "Ada Lovelace"), w.television()
	shown := television.connect(t)
	b := browser(t).open(shown.VerificationURIComplete).signIn(ada)

	if got := ask[string](b, "document.getElementById('device-code').value"); got != shown.UserCode {
		t.Errorf("%q is filled in, the device shows %q", got, shown.UserCode)
	}
	b.press("device-continue").press("device-deny").sees("device-denied")

	if _, err := television.config().DeviceAccessToken(t.Context(), shown); err == nil || !strings.Contains(err.Error(), "access_denied") {
		t.Errorf("the device is told %v", err)
	}
}

func TestTakingBackWhatWasAllowed(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes := w.hire("ada", "Ada Lovelace"), w.native("Notes")
	address, verifier := notes.asks("s")
	b := browser(t).open(address).signIn(ada).press("consent-approve")
	token := notes.redeem(b, "s", verifier)

	b.open(w.URL + "/").press("home-applications")
	grant := ask[string](b, "document.querySelector('[id^=revoke-]').id.slice('revoke-'.length)")
	if ask[bool](b, "document.getElementById('revoke-"+grant+"').checkVisibility()") {
		t.Error("one press would remove the application: nobody is asked whether to")
	}
	b.unfold("remove-" + grant).press("revoke-" + grant).sees("applications-none")

	_, err := notes.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("refreshing afterwards: %v", err)
	}
}

// TestTwoTabsInTwoFlows begins two flows before anybody is signed in, and ends them crosswise.
func TestTwoTabsInTwoFlows(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes, mail := w.hire("ada", "Ada Lovelace"), w.native("Notes"), w.native("Mail")
	one, firstVerifier := notes.asks("one")
	two, secondVerifier := mail.asks("two")
	first := browser(t).open(one)
	second := first.another().open(two)

	first.signIn(ada)
	second.signIn(ada).press("login-continue") // it was signed in by the first tab meanwhile

	if got := first.shows("consent-client") + ", " + second.shows("consent-client"); got != "Notes, Mail" {
		t.Errorf("the tabs ask for %s", got)
	}
	mail.redeem(second.press("consent-approve"), "two", secondVerifier)
	notes.redeem(first.press("consent-approve"), "one", firstVerifier)
}

func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada, notes, television := w.hire("ada", "Ada Lovelace"), w.native("Notes"), w.television()
	b := browser(t).withoutScripts()
	address, verifier := notes.asks("s")
	notes.redeem(b.open(address).signIn(ada).press("consent-approve"), "s", verifier)
	b.open(television.connect(t).VerificationURIComplete).press("device-continue").press("device-approve").sees("device-approved")
	b.open(w.URL + "/account/applications")
	grant := ask[string](b, "document.querySelector('[id^=revoke-]').id.slice('revoke-'.length)")
	b.unfold("remove-" + grant).press("revoke-" + grant).sees("applications-none")
	b.press("logout-submit").sees("home-login")
}

// TestAKeyboardIsEnough signs in and decides with the keyboard alone.
func TestAKeyboardIsEnough(t *testing.T) {
	t.Parallel()
	w := serve(t)
	ada := w.hire("ada", "Ada Lovelace")
	notes := w.native("Notes")
	address, verifier := notes.asks("s")
	b := browser(t).open(address)
	b.focus("login-handle").types(ada.Handle).types(kb.Tab).types(ada.password).keys(kb.Enter)
	b.sees("consent-approve")

	b.types(kb.Tab)
	if got := ask[string](b, "document.activeElement.getAttribute('href')"); got != "#content" {
		t.Errorf("the first stop is %q, not the link that skips to the content", got)
	}
	b.focus("consent-approve")
	if got := ask[string](b, "getComputedStyle(document.activeElement).outlineStyle"); got != "solid" {
		t.Errorf("what has the focus has the outline %q", got)
	}
	notes.redeem(b.keys(kb.Enter), "s", verifier)
}

// TestProblemsLeadBack goes on from a page that says what went wrong.
func TestProblemsLeadBack(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).open(w.URL + "/no/such")
	if w.Status("/no/such") != http.StatusNotFound {
		t.Error("an address without a page is found")
	}
	b.press("problem-home").at("/").sees("home-login")
}
