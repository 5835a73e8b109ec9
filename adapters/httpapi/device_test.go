package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// device is one device authorization as its device knows it.
type device struct {
	r        *rig
	by       registered
	code     string
	userCode string
}

func (r *rig) device(by registered, scope string) device {
	r.t.Helper()
	w := r.do(by.as(r.t, "/api/oauth/device_authorization", form("scope", scope)))
	answers(r.t, w, http.StatusOK)
	return device{r, by, field(r.t, w, "device_code"), field(r.t, w, "user_code")}
}

func (d device) poll() *httptest.ResponseRecorder {
	d.r.t.Helper()
	return d.r.do(d.by.as(d.r.t, "/api/oauth/token", form("grant_type", deviceGrant, "device_code", d.code)))
}

// polls polls after the interval and checks the error.
func (d device) polls(want string) {
	d.r.t.Helper()
	d.r.clock.pass(5 * time.Second)
	wants(d.r.t, d.poll(), http.StatusBadRequest, want)
}

func (b browser) decideDevice(userCode, decision string) *httptest.ResponseRecorder {
	b.r.t.Helper()
	return b.do(jsonRequest(b.r.t, http.MethodPost, "/api/oauth/device/consent", `{"user_code":"`+userCode+`","decision":"`+decision+`"}`))
}

func TestDeviceAuthorization(t *testing.T) {
	req.Covers(t, "R-005", "R-122", "R-123", "R-132", "R-012")
	r := newRig(t)
	native, web := r.client(publicSettings(), "native"), r.client(webSettings(), "web")
	w := r.do(native.as(t, "/api/oauth/device_authorization", form("scope", "openid")))
	got := decode(t, w)
	userCode := got["user_code"].(string)
	for volatile, size := range map[string]int{"device_code": 92, "user_code": 9} {
		if len(got[volatile].(string)) != size {
			t.Errorf("%s has %d characters", volatile, len(got[volatile].(string)))
		}
		delete(got, volatile)
	}
	want := map[string]any{
		"verification_uri": issuer + "/device", "verification_uri_complete": issuer + "/device?user_code=" + userCode,
		"expires_in": 600.0, "interval": 5.0,
	}
	if diff := cmp.Diff(want, got); diff != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v (-want +got):\n%s", w.Header(), diff)
	}
	answers(t, r.do(web.as(t, "/api/oauth/device_authorization", form())), http.StatusOK)
	s := publicSettings()
	s.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant}
	deaf := r.client(s, "deaf")
	wants(t, r.do(deaf.as(t, "/api/oauth/device_authorization", form())), http.StatusBadRequest, "unauthorized_client")
	wants(t, r.do(native.as(t, "/api/oauth/device_authorization", form("scope", "MANAGE_POSTS"))), http.StatusBadRequest, "invalid_scope")
	wants(t, r.do(native.as(t, "/api/oauth/device_authorization", form("scope", "NOTHING"))), http.StatusBadRequest, "invalid_scope")
	wants(t, r.do(post(t, "/api/oauth/device_authorization?client_id=native", "")), http.StatusUnauthorized, "invalid_client")
}

func TestPolling(t *testing.T) {
	req.Covers(t, "R-126", "R-129", "R-130")
	r := newRig(t)
	r.person("ada")
	native, other, ada := r.client(publicSettings(), "native"), r.client(webSettings(), "other"), r.browser("ada")
	d := r.device(native, "openid offline_access")
	d.polls("authorization_pending")
	wants(t, d.poll(), http.StatusBadRequest, "slow_down")
	d.polls("slow_down") // the interval is 10 seconds by now
	r.clock.pass(20 * time.Second)
	wants(t, d.poll(), http.StatusBadRequest, "authorization_pending")
	wants(t, device{r, other, d.code, ""}.poll(), http.StatusBadRequest, "invalid_grant")
	answers(t, ada.decideDevice(d.userCode, "approve"), http.StatusOK)
	r.clock.pass(20 * time.Second)
	got := decode(t, d.poll())
	if got["scope"] != "openid offline_access" || got["id_token"] == nil || got["refresh_token"] == nil {
		t.Errorf("tokens: %v", got)
	}
	r.clock.pass(20 * time.Second)
	wants(t, d.poll(), http.StatusBadRequest, "invalid_grant")

	d = r.device(native, "openid")
	answers(t, ada.decideDevice(d.userCode, "deny"), http.StatusOK)
	d.polls("access_denied")
	d = r.device(native, "openid")
	r.clock.pass(10 * time.Minute)
	d.polls("expired_token")
	wants(t, ada.decideDevice(d.userCode, "approve"), http.StatusBadRequest, "invalid_request")

	d = r.device(native, "openid")
	answers(t, ada.decideDevice(d.userCode, "approve"), http.StatusOK)
	counts := r.race(8, func() *http.Request {
		return native.as(t, "/api/oauth/token", form("grant_type", deviceGrant, "device_code", d.code))
	})
	if counts[http.StatusOK] != 1 || counts[http.StatusBadRequest] != 7 {
		t.Errorf("of 8 parallel polls: %v", counts)
	}
}

func TestClaimingDeviceCodes(t *testing.T) {
	req.Covers(t, "R-085", "R-124", "R-127", "R-129")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	native, ada, eve := r.client(publicSettings(), "native"), r.browser("ada"), r.browser("eve")
	d := r.device(native, "openid CREATE_POST")
	path := "/api/oauth/device/consent?user_code=" + strings.ToLower(strings.ReplaceAll(d.userCode, "-", ""))
	want := map[string]any{
		"user_code": d.userCode, "client_id": "native", "client_name": "Native", "expires_at": "2026-11-21T12:10:00Z",
		"requested_scopes": []any{"openid", "CREATE_POST"}, "granted_scopes": []any{"openid", "CREATE_POST"}, "inherits_user_permissions": false,
	}
	for name, headers := range map[string][]string{
		"a plain request": nil,
		"a link":          {"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "cross-site"},
		"an image":        {"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Site", "cross-site"},
		"another origin":  {"Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"},
		"a sibling":       {"Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "same-site", "Origin", "https://other.writ.test"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, decode(t, eve.do(header(get(t, path), headers...)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	answers(t, ada.do(header(get(t, path), "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "same-site", "Origin", frontend)), http.StatusOK)
	wants(t, eve.do(get(t, path)), http.StatusBadRequest, "invalid_request")
	wants(t, eve.decideDevice(d.userCode, "approve"), http.StatusBadRequest, "invalid_request")
	answers(t, ada.decideDevice(d.userCode, "approve"), http.StatusOK)
	wants(t, ada.decideDevice(d.userCode, "deny"), http.StatusBadRequest, "invalid_request")
}

func TestRefusedUserCodesLookAlike(t *testing.T) {
	req.Covers(t, "R-125")
	r := newRig(t)
	r.person("ada")
	native, ada := r.client(publicSettings(), "native"), r.browser("ada")
	used, old := r.device(native, "openid"), r.device(native, "openid")
	answers(t, ada.decideDevice(used.userCode, "deny"), http.StatusOK)
	r.clock.pass(10 * time.Minute)
	bodies := map[string]bool{}
	for _, code := range []string{used.userCode, old.userCode, "AAAA-AAAA", "", "not a code", strings.Repeat("A", 40)} {
		w := ada.decideDevice(code, "approve")
		wants(t, w, http.StatusBadRequest, "invalid_request")
		bodies[w.Body.String()] = true
	}
	if len(bodies) != 1 {
		t.Errorf("refusals tell why: %v", bodies)
	}
	var last *httptest.ResponseRecorder
	for range 10 {
		last = ada.decideDevice("AAAA-AAAA", "approve")
	}
	wants(t, last, http.StatusTooManyRequests, "too_many_requests")
	if last.Header().Get("Retry-After") == "" {
		t.Error("it is not said for how long")
	}
}

func TestDeviceConsentNeedsThePermission(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	native, ada := r.client(publicSettings(), "native"), r.browser("ada")
	_, err := r.accounts.SetPermissions(t.Context(), id, []string{"CREATE_POST"})
	must(t, err)
	d := r.device(native, "openid")
	for _, code := range []string{d.userCode, "AAAA-AAAA"} {
		wants(t, ada.do(get(t, "/api/oauth/device/consent?user_code="+code)), http.StatusBadRequest, "access_denied")
		wants(t, ada.decideDevice(code, "approve"), http.StatusBadRequest, "access_denied")
	}
	wants(t, r.do(get(t, "/api/oauth/device/consent?user_code="+d.userCode)), http.StatusUnauthorized, "unauthenticated")
	answers(t, ada.decideDevice(d.userCode, "deny"), http.StatusOK)
	d.polls("access_denied")
}

func TestBuiltInCommandLine(t *testing.T) {
	r := newRig(t)
	s := client.Settings{
		Name: "CLI", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, RequirePKCE: true,
		Grants: []oauth.GrantType{oauth.DeviceCodeGrant, oauth.RefreshTokenGrant}, Allowed: r.server.Vocabulary.Everything(),
	}
	r.person("ada")
	cli, ada := r.client(s, "storyden-cli"), r.browser("ada")
	wants(t, r.do(cli.as(t, "/api/oauth/device_authorization", form("scope", "openid"))), http.StatusBadRequest, "invalid_scope")
	d := r.device(cli, "openid profile offline_access")
	view := decode(t, ada.do(get(t, "/api/oauth/device/consent?user_code="+d.userCode)))
	if view["inherits_user_permissions"] != true || len(view["granted_scopes"].([]any)) < 10 {
		t.Errorf("what is decided on: %v", view)
	}
}

func TestDeviceRequestsOfOneSourceAreLimited(t *testing.T) {
	req.Covers(t, "R-132")
	r := newRig(t)
	tv := r.client(publicSettings(), "tv")
	ask := func() int {
		w := r.do(tv.as(t, "/api/oauth/device_authorization", form()))
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("nothing says when to come back")
		}
		return w.Code
	}
	for range 20 {
		if code := ask(); code != http.StatusOK {
			t.Fatalf("status %d before the limit", code)
		}
	}
	if code := ask(); code != http.StatusTooManyRequests {
		t.Errorf("status %d beyond the limit", code)
	}
	r.clock.pass(time.Minute)
	if code := ask(); code != http.StatusOK {
		t.Errorf("status %d after a minute", code)
	}
}
