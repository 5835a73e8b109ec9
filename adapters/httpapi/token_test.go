package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// payload is the part of a JWT that the test looks at; other tests check signatures.
func payload(t testing.TB, jwt any, part int) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt.(string), ".")[part])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(text, &claims))
	return claims
}

func TestTokenRequests(t *testing.T) {
	req.Covers(t, "R-096", "R-097", "R-102", "R-119")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	narrow := webSettings()
	narrow.Grants, narrow.RedirectURIs = []oauth.GrantType{oauth.ClientCredentialsGrant}, nil
	machine := r.client(narrow, "machine")
	native := r.client(publicSettings(), "native")
	for name, tc := range map[string]struct {
		by   registered
		form []string
		want string
	}{
		"no grant type":             {web, nil, "invalid_request"},
		"password":                  {web, []string{"grant_type", "password", "username", "ada", "password", "x"}, "unsupported_grant_type"},
		"implicit":                  {web, []string{"grant_type", "implicit"}, "unsupported_grant_type"},
		"short name of the device":  {web, []string{"grant_type", "device_code", "device_code", "x"}, "unsupported_grant_type"},
		"code without code":         {web, []string{"grant_type", "authorization_code"}, "invalid_request"},
		"refresh without token":     {web, []string{"grant_type", "refresh_token"}, "invalid_request"},
		"device without code":       {web, []string{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}, "invalid_request"},
		"unknown code":              {web, []string{"grant_type", "authorization_code", "code", "x"}, "invalid_grant"},
		"unknown refresh token":     {web, []string{"grant_type", "refresh_token", "refresh_token", "x"}, "invalid_grant"},
		"unknown device code":       {web, []string{"grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "x"}, "invalid_grant"},
		"not registered for it":     {machine, []string{"grant_type", "authorization_code", "code", "x"}, "unauthorized_client"},
		"public client for itself":  {native, []string{"grant_type", "client_credentials"}, "unauthorized_client"},
		"scope beyond the client's": {web, []string{"grant_type", "client_credentials", "scope", "MANAGE_POSTS"}, "invalid_scope"},
		"foreign resource":          {web, []string{"grant_type", "client_credentials", "resource", "https://elsewhere.test"}, "invalid_target"},
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do(tc.by.as(t, "/api/oauth/token", form(tc.form...)))
			wants(t, w, http.StatusBadRequest, tc.want)
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Pragma") != "no-cache" || w.Header().Get("Location") != "" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

func TestTokensOfACode(t *testing.T) {
	req.Covers(t, "R-005", "R-095", "R-099", "R-101", "R-107", "R-139", "R-140", "R-146", "R-149", "R-151", "R-089")
	r := newRig(t)
	id := r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	code := ada.code(web, "openid email offline_access CREATE_POST", "nonce", "n-0S6")
	r.clock.pass(10 * time.Second)
	w := r.do(web.as(t, "/api/oauth/token", web.redeem(code)))
	got := decode(t, w)
	if w.Header().Get("Cache-Control") != "no-store" || got["token_type"] != "Bearer" || got["expires_in"] != 900.0 {
		t.Errorf("%v %v", w.Header(), got)
	}
	members := []string{"access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"}
	if diff := cmp.Diff(members, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("members of the answer (-want +got):\n%s", diff)
	}
	head := payload(t, got["access_token"], 0)
	if head["typ"] != "at+jwt" || head["alg"] != "ES256" || head["kid"] == nil {
		t.Errorf("header of the access token: %v", head)
	}
	access := payload(t, got["access_token"], 1)
	for _, volatile := range []string{"jti", "gid"} {
		if len(access[volatile].(string)) != 20 {
			t.Errorf("%s is %v", volatile, access[volatile])
		}
		delete(access, volatile)
	}
	start := float64(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).Unix())
	want := map[string]any{
		"iss": issuer, "sub": id, "aud": issuer, "client_id": "web", "scope": "openid email offline_access CREATE_POST",
		"iat": start + 10, "exp": start + 910, "auth_time": start,
	}
	if diff := cmp.Diff(want, access); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	about := payload(t, got["id_token"], 1)
	delete(about, "at_hash")
	want = map[string]any{
		"iss": issuer, "sub": id, "aud": "web", "iat": start + 10, "exp": start + 910, "auth_time": start,
		"nonce": "n-0S6", "amr": []any{"pwd"}, "acr": "1", "email": "ada@example.org", "email_verified": true,
	}
	if diff := cmp.Diff(want, about); diff != "" || payload(t, got["id_token"], 0)["alg"] != "RS256" {
		t.Errorf("ID token (-want +got):\n%s", diff)
	}
	plain := ada.grant(web, "CREATE_POST")
	if plain["id_token"] != nil || plain["refresh_token"] != nil || plain["scope"] != "CREATE_POST" {
		t.Errorf("without openid and offline_access: %v", plain)
	}
}

func TestCodesAreBound(t *testing.T) {
	req.Covers(t, "R-062", "R-069", "R-075", "R-076", "R-077", "R-102", "R-105")
	r := newRig(t)
	r.person("ada")
	web, other, ada := r.client(webSettings(), "web"), r.client(webSettings(), "other"), r.browser("ada")
	answer := func(by registered, v map[string]string, code string) *httptest.ResponseRecorder {
		f := by.redeem(code)
		for name, value := range v {
			f.Set(name, value)
		}
		return r.do(by.as(t, "/api/oauth/token", f))
	}
	code := ada.code(web, "openid")
	bodies := map[string]bool{}
	for name, tc := range map[string]struct {
		by     registered
		change map[string]string
	}{
		"another client":       {other, nil},
		"another redirect URI": {web, map[string]string{"redirect_uri": "https://client.test/other"}},
		"no redirect URI":      {web, map[string]string{"redirect_uri": ""}},
		"truncated code":       {web, map[string]string{"code": code[:len(code)-1]}},
		"changed code":         {web, map[string]string{"code": "A" + code[1:]}},
	} {
		w := answer(tc.by, tc.change, code)
		wants(t, w, http.StatusBadRequest, "invalid_grant")
		if bodies[w.Body.String()] = true; len(bodies) != 1 {
			t.Errorf("%s can be told from the others: %s", name, w.Body)
		}
	}
	for _, bad := range []string{"", "short", strings.Repeat("a", 43), strings.Repeat("a", 129)} {
		w := answer(web, map[string]string{"code_verifier": bad}, code)
		wants(t, w, http.StatusBadRequest, "invalid_grant")
	}
	answers(t, answer(web, nil, code), http.StatusOK)
	wants(t, answer(other, nil, code), http.StatusBadRequest, "invalid_grant")
	late := ada.code(web, "openid")
	r.clock.pass(time.Minute)
	wants(t, answer(web, nil, late), http.StatusBadRequest, "invalid_grant")
}

func TestReplayedCodes(t *testing.T) {
	req.Covers(t, "R-103", "R-104", "R-105", "R-106", "R-142", "R-156", "R-158")
	r := newRig(t)
	r.person("ada")
	web, other, ada := r.client(webSettings(), "web"), r.client(webSettings(), "other"), r.browser("ada")
	code := ada.code(web, "openid offline_access")
	got := r.tokens(web, web.redeem(code))
	refresh := form("grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string))
	wants(t, r.do(other.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
	got = r.tokens(web, refresh) // a stranger's replay harms nobody
	wants(t, r.do(web.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
	refresh.Set("refresh_token", got["refresh_token"].(string))
	wants(t, r.do(web.as(t, "/api/oauth/token", refresh)), http.StatusBadRequest, "invalid_grant")
	access := got["access_token"].(string)
	wants(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access)), http.StatusUnauthorized, "invalid_token")
	inactive(t, r.do(web.as(t, "/api/oauth/introspect", form("token", access))))

	raced := ada.code(web, "openid")
	counts := r.race(8, func() *http.Request { return web.as(t, "/api/oauth/token", web.redeem(raced)) })
	if counts[http.StatusOK] != 1 || counts[http.StatusBadRequest] != 7 {
		t.Errorf("of 8 parallel redemptions: %v", counts)
	}
}

// race sends n requests at once and counts the statuses.
func (r *rig) race(n int, sent func() *http.Request) map[int]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for range n {
		q := sent()
		wg.Go(func() {
			w := r.do(q)
			mu.Lock()
			defer mu.Unlock()
			counts[w.Code]++
		})
	}
	wg.Wait()
	return counts
}

func TestRefreshing(t *testing.T) {
	req.Covers(t, "R-108", "R-109", "R-110", "R-111", "R-113", "R-114", "R-115", "R-117", "R-118")
	r := newRig(t)
	id := r.person("ada")
	web, other, ada := r.client(webSettings(), "web"), r.client(webSettings(), "other"), r.browser("ada")
	got := ada.grant(web, "openid offline_access CREATE_POST READ_PROFILE")
	refresh := func(more ...string) *http.Request {
		return web.as(t, "/api/oauth/token", form(append(more, "grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string))...))
	}
	wants(t, r.do(other.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string)))), http.StatusBadRequest, "invalid_grant")
	wants(t, r.do(refresh("scope", "openid MANAGE_POSTS")), http.StatusBadRequest, "invalid_scope")
	wants(t, r.do(refresh("resource", "https://elsewhere.test")), http.StatusBadRequest, "invalid_target")
	step := func(want string, more ...string) {
		w := r.do(refresh(more...))
		answers(t, w, http.StatusOK)
		before := got["refresh_token"]
		got = decode(t, w)
		if got["scope"] != want || got["refresh_token"] == before || payload(t, got["id_token"], 1)["nonce"] != nil {
			t.Errorf("scope %q, token rotated: %t", got["scope"], got["refresh_token"] != before)
		}
	}
	step("openid CREATE_POST", "scope", "CREATE_POST openid")
	step("openid offline_access CREATE_POST READ_PROFILE")
	_, err := r.accounts.SetPermissions(t.Context(), id, []string{"CREATE_POST", "MANAGE_POSTS", "USE_OAUTH_CLIENTS"})
	must(t, err)
	step("openid offline_access CREATE_POST")

	spent := got["refresh_token"]
	step("openid offline_access CREATE_POST")
	live := got["refresh_token"]
	got["refresh_token"] = spent
	wants(t, r.do(refresh()), http.StatusBadRequest, "invalid_grant")
	got["refresh_token"] = live
	wants(t, r.do(refresh()), http.StatusBadRequest, "invalid_grant")

	got = ada.grant(web, "openid offline_access")
	if counts := r.race(8, func() *http.Request { return refresh() }); counts[http.StatusOK] != 1 || counts[http.StatusBadRequest] != 7 {
		t.Errorf("of 8 parallel refreshes: %v", counts)
	}
	got = ada.grant(web, "openid offline_access")
	r.clock.pass(720 * time.Hour)
	wants(t, r.do(refresh()), http.StatusBadRequest, "invalid_grant")
}

func TestSuspendedAccounts(t *testing.T) {
	req.Covers(t, "R-094", "R-116", "R-156")
	r := newRig(t)
	id := r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	got, code := ada.grant(web, "openid offline_access"), ada.code(web, "openid")
	_, err := r.accounts.Suspend(t.Context(), id)
	must(t, err)
	wants(t, r.do(web.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
	wants(t, r.do(web.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string)))), http.StatusBadRequest, "invalid_grant")
	wants(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+got["access_token"].(string))), http.StatusUnauthorized, "invalid_token")
	inactive(t, r.do(web.as(t, "/api/oauth/introspect", form("token", got["access_token"].(string)))))
	wants(t, ada.do(get(t, "/api/auth/oauth/tokens")), http.StatusUnauthorized, "unauthenticated")
	wants(t, r.signIn("ada", password), http.StatusUnauthorized, "invalid_credentials")
}

func TestClientCredentials(t *testing.T) {
	req.Covers(t, "R-119", "R-120", "R-121", "R-140", "R-156", "R-202", "R-203")
	r := newRig(t)
	s := webSettings()
	s.Audiences = []string{"https://forum.test/api"}
	web := r.client(s, "web")
	got := r.tokens(web, form("grant_type", "client_credentials", "scope", "openid offline_access CREATE_POST"))
	if got["scope"] != "CREATE_POST" || got["refresh_token"] != nil || got["id_token"] != nil {
		t.Errorf("tokens: %v", got)
	}
	access := payload(t, got["access_token"], 1)
	if access["sub"] != "web" || access["aud"] != issuer || access["gid"] != nil {
		t.Errorf("claims: %v", access)
	}
	wants(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+got["access_token"].(string))), http.StatusUnauthorized, "invalid_token")
	got = r.tokens(web, form("grant_type", "client_credentials", "resource", "https://forum.test/api"))
	if access = payload(t, got["access_token"], 1); access["aud"] != "https://forum.test/api" || got["scope"] != "CREATE_POST READ_PROFILE" {
		t.Errorf("for a resource: %v", access)
	}
	got = r.tokens(web, form("grant_type", "client_credentials", "resource", "https://forum.test/api", "resource", issuer))
	if diff := cmp.Diff([]any{"https://forum.test/api", issuer}, payload(t, got["access_token"], 1)["aud"]); diff != "" {
		t.Errorf("for two resources (-want +got):\n%s", diff)
	}
}
