package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

// inactive checks that an answer tells nothing but that.
func inactive(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	if got := w.Body.String(); w.Code != http.StatusOK || got != `{"active":false}` || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestIntrospection(t *testing.T) {
	req.Covers(t, "R-149", "R-157", "R-158", "R-159", "R-160", "R-161", "R-163", "R-027")
	r := newRig(t)
	id := r.person("ada")
	web, other, native, ada := r.client(webSettings(), "web"), r.client(webSettings(), "other"), r.client(publicSettings(), "native"), r.browser("ada")
	guarding := webSettings()
	guarding.Audiences = []string{issuer}
	guard := r.client(guarding, "guard")
	got := ada.grant(web, "openid offline_access CREATE_POST")
	access, refresh := got["access_token"].(string), got["refresh_token"].(string)
	ask := func(by registered, token string, more ...string) *httptest.ResponseRecorder {
		return r.do(by.as(t, "/api/oauth/introspect", form(append(more, "token", token)...)))
	}
	claims := payload(t, access, 1)
	want := map[string]any{
		"active": true, "scope": "openid offline_access CREATE_POST", "client_id": "web", "sub": id, "iss": issuer, "aud": issuer,
		"token_type": "Bearer", "exp": claims["exp"], "iat": claims["iat"], "jti": claims["jti"], "gid": claims["gid"],
	}
	for _, hint := range []string{"access_token", "refresh_token", "nonsense"} {
		if diff := cmp.Diff(want, decode(t, ask(web, access, "token_type_hint", hint))); diff != "" {
			t.Errorf("hint %s (-want +got):\n%s", hint, diff)
		}
	}
	if diff := cmp.Diff(want, decode(t, ask(guard, access))); diff != "" {
		t.Errorf("by the resource server (-want +got):\n%s", diff)
	}
	about := decode(t, ask(web, refresh))
	if about["active"] != true || about["sub"] != id || about["token_type"] != nil || about["jti"] != nil {
		t.Errorf("refresh token: %v", about)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another client's access token":           ask(other, access),
		"a public client":                         ask(native, access),
		"another client's refresh token":          ask(other, refresh),
		"a resource server and the refresh token": ask(guard, refresh),
		"an ID token":                             ask(web, got["id_token"].(string)),
		"nonsense":                                ask(web, "nonsense"),
		"a changed signature":                     ask(web, access[:len(access)-4]+"AAAA"),
	} {
		t.Run(name, func(t *testing.T) { inactive(t, w) })
	}
	wants(t, r.do(web.as(t, "/api/oauth/introspect", form())), http.StatusBadRequest, "invalid_request")
	r.clock.pass(15 * 60e9)
	inactive(t, ask(web, access))
}

func TestRevocation(t *testing.T) {
	req.Covers(t, "R-164", "R-165", "R-166", "R-167", "R-169", "R-116", "R-045")
	r := newRig(t)
	r.person("ada")
	web, other, ada := r.client(webSettings(), "web"), r.client(webSettings(), "other"), r.browser("ada")
	got := ada.grant(web, "openid offline_access")
	access, refresh := got["access_token"].(string), got["refresh_token"].(string)
	end := func(by registered, token string, more ...string) {
		t.Helper()
		w := r.do(by.as(t, "/api/oauth/revoke", form(append(more, "token", token)...)))
		if w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	told := func() int {
		return r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access)).Code
	}
	end(other, refresh)
	end(other, access)
	end(web, "nonsense")
	end(web, got["id_token"].(string))
	if told() != http.StatusOK {
		t.Error("a stranger revoked the token")
	}
	end(web, access, "token_type_hint", "refresh_token")
	end(web, access, "token_type_hint", "nonsense")
	if told() != http.StatusUnauthorized {
		t.Error("the access token is still told of a person")
	}
	inactive(t, r.do(web.as(t, "/api/oauth/introspect", form("token", access))))
	got = r.tokens(web, form("grant_type", "refresh_token", "refresh_token", refresh))
	end(web, refresh) // a spent one ends the family as well
	wants(t, r.do(web.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string)))), http.StatusBadRequest, "invalid_grant")
	inactive(t, r.do(web.as(t, "/api/oauth/introspect", form("token", got["refresh_token"].(string)))))
	if counts := r.race(4, func() *http.Request { return web.as(t, "/api/oauth/revoke", form("token", refresh)) }); counts[http.StatusOK] != 4 {
		t.Errorf("again, in parallel: %v", counts)
	}
	wants(t, r.do(web.as(t, "/api/oauth/revoke", form("token", ""))), http.StatusBadRequest, "invalid_request")
}

func TestUserinfo(t *testing.T) {
	req.Covers(t, "R-142", "R-143", "R-144", "R-145", "R-149", "R-152", "R-154", "R-155", "R-156")
	r := newRig(t)
	id := r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	got := ada.grant(web, "openid profile email phone")
	access := got["access_token"].(string)
	want := map[string]any{
		"sub": id, "name": "Ada Lovelace", "preferred_username": "ada", "email": "ada@example.org", "email_verified": true,
		"updated_at": 1795262400.0,
	}
	const path = "/api/oauth/userinfo"
	for name, sent := range map[string]*http.Request{
		"GET":                       header(get(t, path), "Authorization", "Bearer "+access),
		"scheme in lower case":      header(get(t, path), "Authorization", "bearer "+access),
		"POST":                      header(request(t, http.MethodPost, path), "Authorization", "BEARER "+access),
		"POST with a form":          post(t, path, "access_token="+access),
		"POST with an empty form":   header(post(t, path, ""), "Authorization", "Bearer "+access),
		"with a cookie beside it":   cookie(header(get(t, path), "Authorization", "Bearer "+access), ada),
		"with another query beside": header(get(t, path+"?schema=openid"), "Authorization", "Bearer "+access),
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do(sent)
			if diff := cmp.Diff(want, decode(t, w)); diff != "" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%v (-want +got):\n%s", w.Header(), diff)
			}
		})
	}
	const metadata = `Bearer realm="writ", resource_metadata="https://writ.test/.well-known/oauth-protected-resource/api"`
	plain := ada.grant(web, "CREATE_POST")["access_token"].(string)
	for name, tc := range map[string]struct {
		sent      *http.Request
		status    int
		code      string
		challenge string
	}{
		"nothing":            {get(t, path), 401, "unauthenticated", ""},
		"a cookie alone":     {cookie(get(t, path), ada), 401, "unauthenticated", ""},
		"another scheme":     {header(get(t, path), "Authorization", basic("web", web.secret)), 401, "unauthenticated", ""},
		"no token":           {header(get(t, path), "Authorization", "Bearer "), 401, "invalid_token", "invalid_token"},
		"nonsense":           {header(get(t, path), "Authorization", "Bearer x"), 401, "invalid_token", "invalid_token"},
		"an ID token":        {header(get(t, path), "Authorization", "Bearer "+got["id_token"].(string)), 401, "invalid_token", "invalid_token"},
		"too little scope":   {header(get(t, path), "Authorization", "Bearer "+plain), 403, "insufficient_scope", "insufficient_scope"},
		"in the query":       {get(t, path+"?access_token="+access), 400, "invalid_request", "invalid_request"},
		"header and query":   {header(get(t, path+"?access_token="+access), "Authorization", "Bearer "+access), 400, "invalid_request", "invalid_request"},
		"header and body":    {header(post(t, path, "access_token="+access), "Authorization", "Bearer "+access), 400, "invalid_request", "invalid_request"},
		"two headers":        {header(get(t, path), "Authorization", "Bearer "+access, "Authorization", "Bearer "+access), 400, "invalid_request", "invalid_request"},
		"repeated in a body": {post(t, path, "access_token=a&access_token=a"), 400, "invalid_request", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := r.do(tc.sent)
			wants(t, w, tc.status, tc.code)
			challenge := w.Header().Get("WWW-Authenticate")
			rest, ours := strings.CutPrefix(challenge, metadata)
			if !ours || tc.challenge == "" && rest != "" || tc.challenge != "" && !strings.Contains(rest, `error="`+tc.challenge+`"`) {
				t.Errorf("challenge %s", challenge)
			}
			if scoped := strings.Contains(rest, `scope="openid"`); scoped != (tc.status == http.StatusForbidden) {
				t.Errorf("challenge %s", challenge)
			}
		})
	}
}
