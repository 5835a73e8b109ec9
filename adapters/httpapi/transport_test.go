package httpapi_test

import (
	stdcmp "cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/httpapi"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestWrongMethods(t *testing.T) {
	req.Covers(t, "R-003", "R-004", "R-005", "R-095")
	r := newRig(t)
	for _, tc := range []struct{ method, path, allow string }{
		{"GET", "/api/oauth/token", "POST, OPTIONS"},
		{"HEAD", "/api/oauth/token", "POST, OPTIONS"},
		{"PUT", "/api/oauth/token", "POST, OPTIONS"},
		{"GET", "/api/oauth/introspect", "POST, OPTIONS"},
		{"GET", "/api/oauth/revoke", "POST, OPTIONS"},
		{"GET", "/api/oauth/device_authorization", "POST, OPTIONS"},
		{"POST", "/.well-known/openid-configuration", "GET, HEAD, OPTIONS"},
		{"POST", "/api/oauth/jwks", "GET, HEAD, OPTIONS"},
		{"HEAD", "/api/oauth/authorize", "GET, POST"},
		{"OPTIONS", "/api/oauth/authorize", "GET, POST"},
		{"HEAD", "/api/oauth/device/consent", "GET, POST, OPTIONS"},
		{"PUT", "/api/auth/oauth/tokens", "GET, DELETE, OPTIONS"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			w := r.do(request(t, tc.method, tc.path))
			answers(t, w, http.StatusMethodNotAllowed)
			got := []string{w.Header().Get("Allow"), w.Header().Get("Cache-Control"), w.Header().Get("Pragma")}
			if diff := cmp.Diff([]string{tc.allow, "no-store", "no-cache"}, got); diff != "" {
				t.Errorf("Allow, Cache-Control, Pragma (-want +got):\n%s", diff)
			}
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
				t.Errorf("Content-Type %q", got)
			}
		})
	}
}

func TestUnknownPaths(t *testing.T) {
	req.Covers(t, "R-004")
	r := newRig(t)
	for _, path := range []string{"/api", "/api/", "/api/nothing", "/api/oauth/token/", "/api/oauth//token", "/.well-known/nothing"} {
		w := r.do(get(t, path))
		wants(t, w, http.StatusNotFound, "not_found")
		if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", path, got)
		}
	}
	w := r.do(get(t, "/nothing"))
	if w.Code != http.StatusNotFound || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("a page that is not there: %d %s", w.Code, w.Header())
	}
}

func TestAPIErrors(t *testing.T) {
	r := newRig(t)
	w := r.do(get(t, "/api/auth/oauth/tokens"))
	wants(t, w, http.StatusUnauthorized, "unauthenticated")
	trace := w.Header().Get("X-Request-Id")
	want := map[string]any{
		"error": "unauthenticated", "message": "You are not signed in.", "suggested": "Sign in and try again.",
		"metadata": map[string]any{"trace_id": trace},
	}
	if diff := cmp.Diff(want, decode(t, w)); diff != "" || len(trace) != 20 {
		t.Errorf("trace %q, body (-want +got):\n%s", trace, diff)
	}
	w = r.do(header(get(t, "/api/auth/oauth/tokens"), "Accept", "application/problem+json"))
	want = map[string]any{
		"type": "urn:writ:problem:unauthenticated", "title": "You are not signed in.", "status": 401.0,
		"detail": "Sign in and try again.", "trace_id": w.Header().Get("X-Request-Id"),
	}
	if diff := cmp.Diff(want, decode(t, w)); diff != "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s (-want +got):\n%s", w.Header(), diff)
	}
}

func TestSecurityHeaders(t *testing.T) {
	req.Covers(t, "R-016")
	r := newRig(t)
	for path, referrer := range map[string]string{
		"/api/oauth/jwks": "", "/api/oauth/userinfo": "", "/healthz": "", "/nothing": "no-referrer", "/login": "no-referrer",
		"/api/oauth/authorize": "no-referrer", "/api/auth/account": "no-referrer",
	} {
		h := r.do(get(t, path)).Header()
		got := []string{h.Get("X-Content-Type-Options"), h.Get("Referrer-Policy"), h.Get("Strict-Transport-Security"), h.Get("Server")}
		if diff := cmp.Diff([]string{"nosniff", referrer, "max-age=31536000", ""}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestUsualAnswersHaveFewHeaders: a map of more than eight is of another kind, which costs five allocations. Content-Length
// is not counted where net/http adds it.
func TestUsualAnswersHaveFewHeaders(t *testing.T) {
	r := newRig(t)
	web := r.client(webSettings(), "web")
	for what, w := range map[string]*httptest.ResponseRecorder{
		"a token":     r.do(web.as(t, "/api/oauth/token", form("grant_type", "client_credentials"))),
		"discovery":   r.do(get(t, "/.well-known/openid-configuration")),
		"the key set": r.do(get(t, "/api/oauth/jwks")),
	} {
		if w.Code != http.StatusOK || len(w.Header()) > 8 {
			t.Errorf("%s: %d with %d headers: %v", what, w.Code, len(w.Header()), w.Header())
		}
	}
}

func TestSharingWithOtherOrigins(t *testing.T) {
	req.Covers(t, "R-010", "R-011")
	r := newRig(t)
	type shared struct{ Origin, Credentials string }
	anyone, none := shared{"*", ""}, shared{}
	for _, tc := range []struct {
		method, path, origin string
		want                 shared
		refusals             bool // scripts may read why they were refused
	}{
		{"GET", "/.well-known/openid-configuration", "https://evil.test", anyone, false},
		{"GET", "/api/oauth/jwks", "null", anyone, false},
		{"POST", "/api/oauth/token", "https://spa.test", anyone, true},
		{"POST", "/api/oauth/revoke", "https://spa.test", anyone, true},
		{"POST", "/api/oauth/introspect", "https://spa.test", anyone, true},
		{"POST", "/api/oauth/device_authorization", "https://spa.test", anyone, true},
		{"GET", "/api/oauth/userinfo", "https://spa.test", anyone, true},
		{"GET", "/api/oauth/authorize", frontend, none, false},
		{"POST", "/api/oauth/authorize", frontend, none, false},
		{"GET", "/login", frontend, none, false},
		{"GET", "/api/oauth/device/consent", frontend, shared{frontend, "true"}, false},
		{"GET", "/api/auth/oauth/tokens", frontend, shared{frontend, "true"}, false},
		{"POST", "/api/auth/password/signin", frontend, shared{frontend, "true"}, false},
		{"GET", "/api/auth/oauth/tokens", "https://evil.test", none, false},
		{"GET", "/api/auth/oauth/tokens", "null", none, false},
		{"GET", "/api/auth/oauth/tokens", frontend + ".evil.test", none, false},
		{"POST", "/api/auth/password/signin", "http://app.writ.test", none, false},
	} {
		for _, method := range []string{tc.method, "OPTIONS"} {
			t.Run(method+" "+tc.path+" from "+tc.origin, func(t *testing.T) {
				sent := header(request(t, method, tc.path), "Origin", tc.origin, "Access-Control-Request-Method", tc.method)
				h := r.do(sent).Header()
				got := shared{h.Get("Access-Control-Allow-Origin"), h.Get("Access-Control-Allow-Credentials")}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if exposed := strings.Contains(h.Get("Access-Control-Expose-Headers"), "WWW-Authenticate"); exposed != (tc.refusals && method != "OPTIONS") {
					t.Errorf("exposes %q", h.Get("Access-Control-Expose-Headers"))
				}
			})
		}
	}
	w := r.do(header(request(t, "OPTIONS", "/api/oauth/token"), "Origin", "https://spa.test", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"))
	if w.Code != http.StatusNoContent || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Authorization") || w.Header().Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
}

func TestAddressesComeFromConfiguration(t *testing.T) {
	req.Covers(t, "R-012", "R-013")
	r := newRig(t)
	native := r.client(publicSettings(), "native")
	for _, sent := range []*http.Request{
		get(t, "/.well-known/openid-configuration"),
		native.as(t, "/api/oauth/device_authorization", form("scope", "openid")),
		get(t, "/api/oauth/authorize?"+native.authorization("openid").Encode()),
		get(t, "/api/oauth/userinfo"),
	} {
		sent.Host = "evil.test"
		header(sent, "X-Forwarded-Host", "evil.test", "Forwarded", "host=evil.test", "X-Forwarded-Proto", "http")
		w := r.do(sent)
		if all := w.Body.String() + strings.Join(append(w.Header().Values("Location"), w.Header().Values("WWW-Authenticate")...), " "); strings.Contains(all, "evil") || !strings.Contains(all, issuer) {
			t.Errorf("%s: %s", sent.URL.Path, all)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	req.Covers(t, "R-013")
	r := newRig(t, func(c *httpapi.Config, _ *httpapi.Roles) { c.TrustedProxies = []string{"192.0.2.0/24"} })
	web := r.client(webSettings(), "web")
	try := func(secret string, forwarded ...string) int {
		sent := header(post(t, "/api/oauth/token", ownToken), "Authorization", basic(web.id, secret))
		sent.RemoteAddr = "192.0.2.9:1000"
		for _, f := range forwarded {
			sent.Header.Add("X-Forwarded-For", f)
		}
		return r.do(sent).Code
	}
	for range 5 {
		try("wrong", "203.0.113.1, 198.51.100.7, 192.0.2.8") // the right-most untrusted hop is 198.51.100.7
	}
	if got := try(web.secret, "203.0.113.1"); got != http.StatusOK {
		t.Errorf("an address that was only claimed is limited: %d", got)
	}
	if got := try(web.secret, "203.0.113.99", "198.51.100.7"); got != http.StatusTooManyRequests {
		t.Errorf("the hop before the proxy is not limited: %d", got)
	}
}

func TestNeighboursOfAnAddressCountAsOne(t *testing.T) {
	req.Covers(t, "R-044")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	try := func(address, secret string) int {
		sent := header(post(t, "/api/oauth/token", ownToken), "Authorization", basic(web.id, secret))
		sent.RemoteAddr = address
		return r.do(sent).Code
	}
	for _, host := range []string{"1", "2", "3", "a:b", "ffff"} {
		try("[2001:db8:1:2::"+host+"]:443", "wrong")
	}
	got := []int{try("[2001:db8:1:2::9]:443", web.secret), try("[2001:db8:1:3::9]:443", web.secret)}
	if diff := cmp.Diff([]int{http.StatusTooManyRequests, http.StatusOK}, got); diff != "" {
		t.Errorf("the same network and another one (-want +got):\n%s", diff)
	}
}

func TestStatusOfEveryCode(t *testing.T) {
	req.Covers(t, "R-096", "R-032")
	special := map[oauth.ErrorCode]int{
		oauth.InvalidClient:          http.StatusUnauthorized,
		oauth.InvalidToken:           http.StatusUnauthorized,
		oauth.InsufficientScope:      http.StatusForbidden,
		oauth.TooManyRequests:        http.StatusTooManyRequests,
		oauth.ServerError:            http.StatusInternalServerError,
		oauth.TemporarilyUnavailable: http.StatusServiceUnavailable,
	}
	for _, code := range allCodes(t) {
		want := stdcmp.Or(special[code], http.StatusBadRequest)
		if got := httpapi.StatusOf[code]; got != want {
			t.Errorf("%s is %d instead of %d", code, got, want)
		}
	}
}
