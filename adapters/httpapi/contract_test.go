package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// volatile is what differs from run to run.
var volatile = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`"(kid|n|x|y)": "[A-Za-z0-9_-]+"`), `"$1": "<$1>"`},
	{regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`), "<jwt>"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{92}`), "<opaque token>"},
	{regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`), "<user code>"},
	{regexp.MustCompile(`\b[0-9a-v]{20}\b`), "<xid>"},
	{regexp.MustCompile(`Etag: "[A-Za-z0-9_-]+"`), `Etag: "<etag>"`},
}

// record is a whole answer as text: status line, headers, body.
func record(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", w.Code, http.StatusText(w.Code))
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		for _, value := range w.Header().Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	body := w.Body.Bytes()
	var indented bytes.Buffer
	if json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	}
	fmt.Fprintf(&b, "\n%s", body)
	text := strings.TrimRight(b.String(), "\n") + "\n"
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.instead)
	}
	return text
}

// TestContract keeps whole answers, for a change in one of them is a change for clients.
func TestContract(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	web, native, ada := r.client(webSettings(), "web"), r.client(publicSettings(), "native"), r.browser("ada")
	keep := func(name string, w *httptest.ResponseRecorder) {
		t.Helper()
		golden(t, "contract/"+name+".http", record(w))
	}

	keep("discovery", r.do(get(t, "/.well-known/openid-configuration")))
	keep("protected-resource", r.do(get(t, "/.well-known/oauth-protected-resource/api")))
	keep("key-set", r.do(get(t, "/api/oauth/jwks")))
	keep("preflight", r.do(header(request(t, http.MethodOptions, "/api/oauth/token"), "Origin", "https://spa.test", "Access-Control-Request-Method", "POST")))

	query := "/api/oauth/authorize?" + web.authorization("openid email offline_access").Encode()
	keep("authorize-1-signed-out", r.do(get(t, query)))
	keep("authorize-2-consent", ada.do(get(t, query)))
	id := ada.requestID(web, "openid email offline_access")
	keep("authorize-3-consent-read", ada.do(get(t, "/api/oauth/authorize/consent?request_id="+id)))
	decide := jsonRequest(t, http.MethodPost, "/api/oauth/authorize/consent", `{"request_id":"`+id+`","decision":"approve"}`)
	approved := ada.do(decide)
	keep("authorize-4-approved", approved)
	keep("authorize-posted", r.do(post(t, "/api/oauth/authorize", web.authorization("openid").Encode())))
	keep("authorize-error-redirected", ada.do(get(t, query+"&nonce=1&nonce=2")))
	keep("authorize-error-shown", ada.do(get(t, "/api/oauth/authorize?client_id=nobody")))
	keep("authorize-error-as-json", ada.do(header(get(t, "/api/oauth/authorize?client_id=nobody"), "Accept", "application/json")))

	code := mustURL(t, field(t, approved, "location")).Query().Get("code")
	first := r.do(web.as(t, "/api/oauth/token", web.redeem(code)))
	keep("token-1-code", first)
	refresh := form("grant_type", "refresh_token", "refresh_token", field(t, first, "refresh_token"))
	second := r.do(web.as(t, "/api/oauth/token", refresh))
	keep("token-2-refresh", second)
	keep("token-client-credentials", r.do(web.as(t, "/api/oauth/token", form("grant_type", "client_credentials"))))
	keep("token-method", r.do(get(t, "/api/oauth/token")))
	keep("token-invalid-client", r.do(post(t, "/api/oauth/token", ownToken)))
	keep("token-invalid-request", r.do(post(t, "/api/oauth/token", "")))

	access := field(t, second, "access_token")
	keep("userinfo", r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access)))
	keep("userinfo-no-token", r.do(get(t, "/api/oauth/userinfo")))
	keep("userinfo-bad-token", r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer x")))
	keep("introspection-active", r.do(web.as(t, "/api/oauth/introspect", form("token", access))))
	keep("introspection-inactive", r.do(web.as(t, "/api/oauth/introspect", form("token", "x"))))
	keep("token-3-reuse-is-refused", r.do(web.as(t, "/api/oauth/token", refresh)))
	keep("revocation", r.do(web.as(t, "/api/oauth/revoke", form("token", access))))

	d := r.device(native, "openid")
	keep("device-1-request", r.do(native.as(t, "/api/oauth/device_authorization", form("scope", "openid"))))
	keep("device-2-pending", d.poll())
	keep("device-3-slow-down", d.poll())
	keep("device-4-consent-read", ada.do(get(t, "/api/oauth/device/consent?user_code="+d.userCode)))
	keep("device-5-approved", ada.decideDevice(d.userCode, "approve"))
	keep("device-unknown-code", ada.decideDevice("AAAA-AAAA", "approve"))

	keep("account", ada.do(get(t, "/api/auth/account")))
	keep("account-changed", ada.patch("/api/auth/account", `{"given_name":"Ada","address":{"locality":"London"}}`))
	keep("account-sessions", ada.do(get(t, "/api/auth/sessions")))
	keep("account-wrong-password", ada.patch("/api/auth/password", change("wrong", newPassword)))
	keep("account-export", ada.do(get(t, "/api/auth/account/export")))
	keep("sign-in", r.signIn("ada", password))
	keep("sign-in-refused", r.signIn("ada", "wrong"))
	keep("sign-out", ada.do(request(t, http.MethodPost, "/api/auth/logout")))
	keep("grants-signed-out", r.do(get(t, "/api/auth/oauth/tokens")))
	keep("grants-signed-out-problem", r.do(header(get(t, "/api/auth/oauth/tokens"), "Accept", "application/problem+json")))
	keep("not-found", r.do(get(t, "/api/nothing")))
	keep("health", r.do(get(t, "/healthz")))
	r.outage.away.Store(true)
	keep("outage", r.do(web.as(t, "/api/oauth/token", refresh)))
	keep("not-ready", r.do(get(t, "/readyz")))
}
