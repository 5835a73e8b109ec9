package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

func TestOutagesSayNothingAboutCredentials(t *testing.T) {
	req.Covers(t, "R-017", "R-168", "R-254", "R-004", "R-261")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	got := ada.grant(web, "openid offline_access")
	code := ada.code(web, "openid")
	access, refresh := got["access_token"].(string), got["refresh_token"].(string)
	r.outage.away.Store(true)
	for name, sent := range map[string]*http.Request{
		"code":                 web.as(t, "/api/oauth/token", web.redeem(code)),
		"forged code":          web.as(t, "/api/oauth/token", web.redeem("forged")),
		"refresh":              web.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", refresh)),
		"client credentials":   web.as(t, "/api/oauth/token", form("grant_type", "client_credentials")),
		"device code":          web.as(t, "/api/oauth/token", form("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "x")),
		"device authorization": web.as(t, "/api/oauth/device_authorization", form("scope", "openid")),
		"introspection":        web.as(t, "/api/oauth/introspect", form("token", access)),
		"revocation":           web.as(t, "/api/oauth/revoke", form("token", refresh)),
		"userinfo":             header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access),
		"consent":              cookie(get(t, "/api/oauth/authorize/consent?request_id=x"), ada),
		"grants":               cookie(get(t, "/api/auth/oauth/tokens"), ada),
		"device consent":       cookie(get(t, "/api/oauth/device/consent?user_code=AAAA-AAAA"), ada),
		"logout":               cookie(request(t, http.MethodPost, "/api/auth/logout"), ada),
		"sign-in":              jsonRequest(t, http.MethodPost, "/api/auth/password/signin", `{"identifier":"ada","token":"x"}`),
		"authorize, signed in": cookie(header(get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode()), "Accept", "application/json"), ada),
		"authorize, posted":    header(post(t, "/api/oauth/authorize", web.authorization("openid").Encode()), "Accept", "application/json"),
		"authorize, for a program": header(
			get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode()), "Accept", "application/json"),
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do(sent)
			wants(t, w, http.StatusServiceUnavailable, "temporarily_unavailable")
			if w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("headers %v", w.Header())
			}
			if strings.Contains(w.Body.String(), "secret-hostname") {
				t.Errorf("the reason leaked: %s", w.Body)
			}
		})
	}
	page := r.do(get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode()))
	if page.Code != http.StatusServiceUnavailable || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") || page.Header().Get("Location") != "" {
		t.Errorf("authorize: %d %v", page.Code, page.Header())
	}
	answers(t, r.do(get(t, "/healthz")), http.StatusOK)
	answers(t, r.do(get(t, "/readyz")), http.StatusServiceUnavailable)
	r.outage.away.Store(false)
	answers(t, r.do(get(t, "/readyz")), http.StatusOK)
	r.tokens(web, web.redeem(code))
	r.tokens(web, form("grant_type", "refresh_token", "refresh_token", refresh))
	if !strings.Contains(r.log.String(), "secret-hostname") {
		t.Error("the log does not say why")
	}
}

func TestClientsThatGoAway(t *testing.T) {
	r := newRig(t)
	web := r.client(webSettings(), "web")
	gone, leave := context.WithCancel(t.Context())
	leave()
	w := r.do(web.as(t, "/api/oauth/token", form("grant_type", "client_credentials")).WithContext(gone))
	wants(t, w, http.StatusServiceUnavailable, "temporarily_unavailable")
	if strings.Contains(r.log.String(), `"level":"ERROR"`) {
		t.Errorf("it was logged as an error: %s", r.log)
	}
}

func cookie(sent *http.Request, b browser) *http.Request {
	sent.AddCookie(b.cookie)
	return sent
}

func TestPanicsAreAnswered(t *testing.T) {
	req.Covers(t, "R-004", "R-016", "R-261")
	r := newRig(t)
	w := r.do(get(t, "/panic"))
	wants(t, w, http.StatusInternalServerError, "server_error")
	if strings.Contains(w.Body.String()+r.log.String(), "hunter2") || strings.Contains(w.Body.String(), "goroutine") {
		t.Errorf("leaked: %s\n%s", w.Body, r.log)
	}
	if r.seen.last() != "/panic  server_error" {
		t.Errorf("observed %q", r.seen.last())
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	req.Covers(t, "R-022", "R-260", "R-261")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	code := ada.code(web, "openid offline_access")
	got := r.tokens(web, web.redeem(code))
	refresh, access := got["refresh_token"].(string), got["access_token"].(string)
	r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access))
	r.do(post(t, "/api/oauth/token?client_secret=queried-secret&code=queried-code", ownToken))
	r.do(header(get(t, "/api/nothing\u2028forged?x=queried-secret"), "User-Agent", "a\x1b[31mb"))
	r.outage.away.Store(true)
	r.do(web.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", refresh)))
	for _, secret := range []string{web.secret, password, code, refresh, access, string(verifier), ada.cookie.Value, "queried", "st4te", "\x1b"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log holds %.12s…", secret)
		}
	}
	if r.log.Len() == 0 {
		t.Error("nothing was logged")
	}
}
