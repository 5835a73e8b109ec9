package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// RoundTrip lets stock libraries talk to the rig.
func (r *rig) RoundTrip(sent *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, sent)
	r.spec.check(r.t, sent, w)
	return w.Result(), nil
}

// library is a rig with the context that makes go-oidc and x/oauth2 use it.
func library(t testing.TB) (*rig, context.Context, *oidc.Provider) {
	t.Helper()
	r := newRig(t)
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: r})
	provider, err := oidc.NewProvider(ctx, issuer)
	must(t, err)
	return r, ctx, provider
}

// endpoint leaves the authentication method to be found out, as most programs do.
func endpoint(p *oidc.Provider) oauth2.Endpoint {
	e := p.Endpoint()
	e.AuthStyle = oauth2.AuthStyleAutoDetect
	return e
}

func TestStockLibrariesSignPeopleIn(t *testing.T) {
	req.Covers(t, "R-095", "R-146", "R-147", "R-149", "R-154", "R-213")
	for _, method := range []oauth.AuthMethod{oauth.AuthClientSecretBasic, oauth.AuthClientSecretPost, oauth.AuthNone} {
		t.Run(string(method), func(t *testing.T) {
			r, ctx, provider := library(t)
			id := r.person("ada")
			s := webSettings()
			s.AuthMethod, s.Confidential = method, method != oauth.AuthNone
			if !s.Confidential {
				s = publicSettings()
			}
			c := r.client(s, "stock")
			cfg := oauth2.Config{ClientID: c.id, ClientSecret: c.secret, Endpoint: endpoint(provider), RedirectURL: c.redirect, Scopes: []string{"openid", "email", "offline_access"}}
			at := cfg.AuthCodeURL("st4te", oauth2.S256ChallengeOption(string(verifier)), oidc.Nonce("n-0S6"))
			ada := r.browser("ada")
			consent := location(t, ada.do(get(t, mustURL(t, at).RequestURI())))
			code := ada.decide(consent.Query().Get("request_id"), "approve").Query().Get("code")
			token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(string(verifier)))
			must(t, err)
			raw, _ := token.Extra("id_token").(string)
			claims, err := provider.Verifier(&oidc.Config{ClientID: c.id, Now: r.clock.Now}).Verify(ctx, raw)
			must(t, err)
			must(t, claims.VerifyAccessToken(token.AccessToken))
			about, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
			must(t, err)
			if claims.Subject != id || about.Subject != id || claims.Nonce != "n-0S6" || about.Email != "ada@example.org" {
				t.Errorf("ID token %+v, userinfo %+v", claims, about)
			}
			token.Expiry = time.Unix(1, 0)
			again, err := cfg.TokenSource(ctx, token).Token()
			must(t, err)
			if again.AccessToken == token.AccessToken || again.RefreshToken == token.RefreshToken {
				t.Error("the library did not get new tokens")
			}
		})
	}
}

func TestStockLibrariesSignDevicesIn(t *testing.T) {
	req.Covers(t, "R-122", "R-126")
	r, ctx, provider := library(t)
	r.server.Lifetimes.PollEvery = time.Second
	r.person("ada")
	native := r.client(publicSettings(), "native")
	cfg := oauth2.Config{ClientID: native.id, Endpoint: endpoint(provider), Scopes: []string{"openid"}}
	cfg.Endpoint.DeviceAuthURL = issuer + "/api/oauth/device_authorization"
	shown, err := cfg.DeviceAuth(ctx)
	must(t, err)
	shown.Expiry = time.Time{} // the library has another clock
	answers(t, r.browser("ada").decideDevice(shown.UserCode, "approve"), http.StatusOK)
	token, err := cfg.DeviceAccessToken(ctx, shown)
	must(t, err)
	if token.AccessToken == "" {
		t.Error("no access token")
	}
}
