package e2e_test

import (
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// TestSigningInAgain: a relying party with a stock library has people sign in again on the pages, in
// two tabs at once, and sees in the ID token that they did.
func TestSigningInAgain(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-053", "R-055", "R-056", "R-060")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	web := w.register("Wiki", "confidential", "authorization_code refresh_token", "--redirect-uri", "https://wiki.example.org/cb", "--scope", allScope)
	provider := w.provider()
	config := oauth2.Config{
		ClientID: web.ClientID, ClientSecret: web.Secret, Endpoint: provider.Endpoint(),
		RedirectURL: "https://wiki.example.org/cb", Scopes: []string{oidc.ScopeOpenID, "offline_access"},
	}
	verifier := oauth2.GenerateVerifier()
	url := func(state string, more ...oauth2.AuthCodeOption) string {
		return config.AuthCodeURL(state, append(more, oauth2.S256ChallengeOption(verifier))...)
	}
	identity := func(code string) (*oidc.IDToken, string, int64) {
		t.Helper()
		tokens, err := config.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := tokens.Extra("id_token").(string)
		id, err := provider.Verifier(&oidc.Config{ClientID: web.ClientID}).Verify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			AuthTime int64  `json:"auth_time"`
			ACR      string `json:"acr"`
		}
		if err := id.Claims(&claims); err != nil || claims.ACR != "1" {
			t.Errorf("the ID token says %+v, %v", claims, err)
		}
		return id, raw, claims.AuthTime
	}
	b := w.browser().open(url("first")).signIn(ada).press("consent-approve", nil)
	_, hint, first := identity(b.at.Query().Get("code"))
	for b.open(w.URL); time.Now().Unix() <= first; { // auth_time has seconds
		b.open(w.URL)
	}
	if b.open(url("silent", oauth2.SetAuthURLParam("prompt", "none"), oauth2.SetAuthURLParam("id_token_hint", hint))); b.at.Query().Get("code") == "" {
		t.Fatalf("silently: %s", b.at)
	}
	if b.open(url("old", oauth2.SetAuthURLParam("prompt", "none"), oauth2.SetAuthURLParam("max_age", "0"))); b.at.Query().Get("error") != "login_required" {
		t.Errorf("an old session, silently: %s", b.at)
	}
	again := oauth2.SetAuthURLParam("prompt", "login")
	b.open(url("one", again))
	one := *b
	b.open(url("two", again))
	b.signIn(ada)
	if b.at.Query().Get("state") != "two" {
		t.Fatalf("the second tab was sent to %s", b.at)
	}
	if _, _, second := identity(b.at.Query().Get("code")); second <= first {
		t.Errorf("auth_time is %d, and was %d", second, first)
	}
	if one.open(w.URL + one.leadsTo("login-submit")); one.at.Query().Get("state") != "one" || one.at.Query().Get("code") == "" {
		t.Errorf("the first tab was sent to %s", one.at)
	}
}

// leadsTo is where the form of a button leads to in the end.
func (b *browser) leadsTo(button string) string {
	b.t.Helper()
	form := b.mustFind(button)
	for form.Data != "form" {
		form = form.Parent
	}
	return valuesOf(form).Get("return_url")
}
