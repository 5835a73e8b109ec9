package browser_test

import (
	"testing"

	"golang.org/x/oauth2"
)

// tour shows a tab every page, and calls look on each.
func tour(t *testing.T, w *world, b *tab, look func(page string)) {
	t.Helper()
	ada := w.hire("ada", "Ada Lovelace", "USE_OAUTH_CLIENTS", "USE_PERSONAL_ACCESS_KEYS", "CREATE_POST", "READ_PROFILE")
	notes, television := w.native("Notes"), w.television()
	visit := func(page string, at *tab) { t.Helper(); at.sees("content"); look(page) }

	visit("home-guest", b.open(w.URL+"/"))
	visit("login", b.press("home-login"))
	visit("sign-up", b.press("login-signup"))
	visit("email", b.open(w.URL+"/login/email"))
	visit("code", b.fill("email", "new@example.org").press("email-submit"))
	visit("phone", b.open(w.URL+"/login/phone"))
	visit("reset", b.open(w.URL+"/reset"))
	visit("reset-link", b.open(w.URL+"/reset?token=none"))
	b.open(w.URL + "/login")
	visit("login-wrong", b.fill("login-handle", ada.Handle).fill("login-password", "wrong").press("login-submit"))
	visit("home", b.fill("login-password", ada.password).press("login-submit"))
	visit("login-already", b.open(w.URL+"/login"))
	for _, page := range []string{"profile", "addresses", "security", "keys", "sessions", "data"} {
		visit("account-"+page, b.open(w.URL+"/account/"+page))
	}
	visit("applications-none", b.open(w.URL+"/account/applications"))

	visit("consent", b.open(w.register("Photo Album", "https://photos.example.net/back").asksAgain()))
	address, verifier := notes.asks("s")
	visit("consent-local", b.open(address))
	notes.redeem(b.press("consent-approve"), "s", verifier)

	visit("device", b.open(w.URL+"/device"))
	visit("device-wrong", b.fill("device-code", "AAAA-AAAA").press("device-continue"))
	shown := television.connect(t)
	visit("device-confirm", b.fill("device-code", shown.UserCode).press("device-continue"))
	visit("device-approved", b.press("device-approve"))
	television.poll(t, shown)
	b.open(television.connect(t).VerificationURIComplete).press("device-continue")
	visit("device-denied", b.press("device-deny"))

	visit("applications", b.open(w.URL+"/account/applications").unfoldFirst())
	visit("problem", b.open(w.URL+"/no/such"))
	visit("problem-client", b.open(w.URL+"/api/oauth/authorize?client_id=none"))
}

// asksAgain is the address of a request for which the person is always asked.
func (a application) asksAgain() string {
	address, _ := a.asks("s", oauth2.SetAuthURLParam("prompt", "consent"))
	return address
}

// unfoldFirst opens what can be opened of the first in a list.
func (b *tab) unfoldFirst() *tab {
	b.t.Helper()
	ask[bool](b, "document.querySelectorAll('li:first-child > details').forEach(d => { d.open = true }) === undefined")
	return b
}
