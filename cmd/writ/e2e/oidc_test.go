package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// provider is what a relying party learns from the discovery document.
func (w *world) provider() *oidc.Provider {
	w.t.Helper()
	p, err := oidc.NewProvider(w.t.Context(), w.URL)
	if err != nil {
		w.t.Fatalf("discover %s: %v", w.URL, err)
	}
	return p
}

func TestRelyingParty(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{oidc.RS256, oidc.ES256, oidc.EdDSA} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			req.Covers(t, "R-107", "R-146", "R-147", "R-149", "R-151")
			w := serve(t, harness.Options{Env: map[string]string{"WRIT_ACCESS_TOKEN_ALG": alg}})
			ada := w.hire("ada")
			web := w.register("Wiki", "confidential", "authorization_code refresh_token", "--redirect-uri", "https://wiki.example.org/cb",
				"--scope", allScope, "--id-token-alg", alg)
			provider := w.provider()
			config := oauth2.Config{
				ClientID: web.ClientID, ClientSecret: web.Secret, Endpoint: provider.Endpoint(),
				RedirectURL: "https://wiki.example.org/cb", Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
			}
			verifier := oauth2.GenerateVerifier()
			authorize := config.AuthCodeURL("s", oidc.Nonce("n-0S6"), oauth2.S256ChallengeOption(verifier))
			b := w.browser().open(authorize).signIn(ada).press("consent-approve", nil)
			token, err := config.Exchange(t.Context(), b.at.Query().Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			checkIdentity(t, provider, web, ada, token, alg)
			checkUserInfo(t, provider, ada, token)
		})
	}
}

// checkIdentity verifies the ID token as relying parties do.
func checkIdentity(t *testing.T, provider *oidc.Provider, web application, ada person, token *oauth2.Token, alg string) {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	verifier := provider.Verifier(&oidc.Config{ClientID: web.ClientID, SupportedSigningAlgs: []string{alg}})
	id, err := verifier.Verify(t.Context(), raw)
	if err != nil {
		t.Fatalf("verify the ID token: %v", err)
	}
	if id.Subject != ada.ID || id.Nonce != "n-0S6" || !slices.Equal(id.Audience, []string{web.ClientID}) {
		t.Errorf("the ID token has sub %q, nonce %q and aud %v", id.Subject, id.Nonce, id.Audience)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil || id.AccessTokenHash == "" {
		t.Errorf("at_hash %q does not stand for the access token: %v", id.AccessTokenHash, err)
	}
	if err := id.VerifyAccessToken(token.AccessToken + "x"); err == nil {
		t.Error("at_hash stands for another access token, too")
	}
	if _, err := provider.Verifier(&oidc.Config{ClientID: "another"}).Verify(t.Context(), raw); err == nil {
		t.Error("the ID token is good for another client, too")
	}
}

func checkUserInfo(t *testing.T, provider *oidc.Provider, ada person, token *oauth2.Token) {
	t.Helper()
	told, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatalf("ask for userinfo: %v", err)
	}
	var claims struct {
		Name   string `json:"name"`
		Handle string `json:"preferred_username"`
	}
	if err := told.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	got := []any{told.Subject, told.Email, told.EmailVerified, claims.Name, claims.Handle}
	if diff := cmp.Diff([]any{ada.ID, "ada@example.org", true, "Ada", "ada"}, got); diff != "" {
		t.Errorf("userinfo tells something else (-want +got):\n%s", diff)
	}
}

func TestRelyingPartyRefusesAnIssuerThatIsNotTheOneItAsked(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-012")
	w := serve(t, harness.Options{})
	if _, err := oidc.NewProvider(t.Context(), "http://"+w.Address); err == nil {
		t.Error("under another name of the host the server calls itself by that name")
	}
}

func TestBothDiscoveryDocumentsAgree(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-213")
	w := serve(t, harness.Options{})
	documents := map[string]map[string]any{}
	for _, name := range []string{"openid-configuration", "oauth-authorization-server"} {
		documents[name] = do(t, http.DefaultClient, ask(t, http.MethodGet, w.URL+"/.well-known/"+name, nil)).json(t)
	}
	for member, value := range documents["oauth-authorization-server"] {
		if diff := cmp.Diff(documents["openid-configuration"][member], value); diff != "" {
			t.Errorf("the documents disagree on %s:\n%s", member, diff)
		}
	}
	if documents["openid-configuration"]["issuer"] != w.URL {
		t.Errorf("the issuer is %v, want %s", documents["openid-configuration"]["issuer"], w.URL)
	}
}

func TestKeySetShowsNothingPrivate(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-215")
	w := serve(t, harness.Options{})
	var set struct{ Keys []map[string]any }
	a := do(t, http.DefaultClient, ask(t, http.MethodGet, w.URL+"/api/oauth/jwks", nil))
	if err := json.Unmarshal(a.body, &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("the key set is %s: %v", a.body, err)
	}
	seen := map[any]bool{}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, has := key[private]; has {
				t.Errorf("key %v shows its %s", key["kid"], private)
			}
		}
		if key["use"] != "sig" || key["alg"] == nil || seen[key["kid"]] {
			t.Errorf("key %v has use %v, alg %v, or its kid twice", key["kid"], key["use"], key["alg"])
		}
		seen[key["kid"]] = true
	}
}
