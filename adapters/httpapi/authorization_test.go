package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

// responseOf checks that an answer is an authorization response and gives its parameters.
func responseOf(t testing.TB, at *url.URL, redirect string) url.Values {
	t.Helper()
	if !strings.HasPrefix(at.String(), redirect) || strings.Contains(at.String(), "#") {
		t.Fatalf("led to %s instead of the redirect URI", at)
	}
	return at.Query()
}

func TestRefusalsGoToTheClient(t *testing.T) {
	req.Covers(t, "R-020", "R-048", "R-049", "R-050", "R-051", "R-053", "R-054", "R-058", "R-072", "R-073", "R-074", "R-075", "R-079", "R-080", "R-202")
	r := newRig(t)
	r.person("ada")
	web := r.client(webSettings(), "web")
	ada := r.browser("ada")
	for name, tc := range map[string]struct {
		change []string // name and value; an empty value leaves it out
		raw    string   // appended as it is
		want   string
	}{
		"no response type":           {change: []string{"response_type", ""}, want: "invalid_request"},
		"implicit":                   {change: []string{"response_type", "token"}, want: "unsupported_response_type"},
		"hybrid":                     {change: []string{"response_type", "code id_token"}, want: "unsupported_response_type"},
		"no PKCE":                    {change: []string{"code_challenge", "", "code_challenge_method", ""}, want: "invalid_request"},
		"no method":                  {change: []string{"code_challenge_method", ""}, want: "invalid_request"},
		"plain":                      {change: []string{"code_challenge_method", "plain"}, want: "invalid_request"},
		"method in lower case":       {change: []string{"code_challenge_method", "s256"}, want: "invalid_request"},
		"method alone":               {change: []string{"code_challenge", ""}, want: "invalid_request"},
		"short challenge":            {change: []string{"code_challenge", "abc"}, want: "invalid_request"},
		"challenge of 44 characters": {change: []string{"code_challenge", strings.Repeat("a", 44)}, want: "invalid_request"},
		"unknown scope":              {change: []string{"scope", "openid NOTHING"}, want: "invalid_scope"},
		"foreign resource":           {change: []string{"resource", "https://elsewhere.test"}, want: "invalid_target"},
		"resource with a fragment":   {change: []string{"resource", issuer + "#x"}, want: "invalid_target"},
		"request object":             {change: []string{"request", "e30.e30."}, want: "request_not_supported"},
		"request by reference":       {change: []string{"request_uri", "https://client.test/r"}, want: "request_uri_not_supported"},
		"registration":               {change: []string{"registration", "{}"}, want: "registration_not_supported"},
		"unknown prompt":             {change: []string{"prompt", "dance"}, want: "invalid_request"},
		"prompt none beside another": {change: []string{"prompt", "none consent"}, want: "invalid_request"},
		"prompt none, not consented": {change: []string{"prompt", "none"}, want: "consent_required"},
		"response mode form_post":    {change: []string{"response_mode", "form_post"}, want: "invalid_request"},
		"repeated scope":             {raw: "&scope=openid", want: "invalid_request"},
		"malformed nonce":            {raw: "&nonce=%zz", want: "invalid_request"},
		"control in an unknown name": {raw: "&%00=x", want: "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			v := web.authorization("openid")
			for i := 0; i < len(tc.change); i += 2 {
				v.Set(tc.change[i], tc.change[i+1])
			}
			w := ada.do(get(t, "/api/oauth/authorize?"+v.Encode()+tc.raw))
			got := responseOf(t, location(t, w), callback)
			want := []string{tc.want, "st4te", issuer, "1", ""}
			if diff := cmp.Diff(want, []string{got.Get("error"), got.Get("state"), got.Get("iss"), got.Get("keep"), got.Get("code")}); diff != "" {
				t.Errorf("error, state, iss, keep, code (-want +got):\n%s", diff)
			}
			if w.Code != http.StatusFound || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v", w.Code, w.Header())
			}
		})
	}
	_, err := r.accounts.SetPermissions(t.Context(), "ada", []string{"CREATE_POST"})
	must(t, err)
	at := location(t, ada.do(get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode())))
	if got := responseOf(t, at, callback).Get("error"); got != "access_denied" {
		t.Errorf("without the permission to use clients: %q", got)
	}
}

func TestRefusalsStayWithThePerson(t *testing.T) {
	req.Covers(t, "R-047", "R-005", "R-063", "R-065", "R-066", "R-067", "R-069", "R-071")
	r := newRig(t)
	r.person("ada")
	web, native := r.client(webSettings(), "web"), r.client(publicSettings(), "native")
	gone := r.client(webSettings(), "gone")
	must(t, r.clients.Delete(t.Context(), "gone"))
	ada := r.browser("ada")
	for name, query := range map[string]string{
		"nothing":                    "",
		"no client":                  "redirect_uri=" + url.QueryEscape(callback) + "&response_type=code",
		"unknown client":             web.authorization("openid", "client_id", "nobody").Encode(),
		"deleted client":             gone.authorization("openid").Encode(),
		"repeated client":            web.authorization("openid").Encode() + "&client_id=web",
		"malformed client":           web.authorization("openid").Encode() + "&client_id=%00",
		"no redirect with openid":    web.authorization("openid", "redirect_uri", "").Encode(),
		"repeated redirect":          web.authorization("openid").Encode() + "&redirect_uri=" + url.QueryEscape(callback),
		"foreign redirect":           web.authorization("openid", "redirect_uri", "https://evil.test/").Encode(),
		"redirect without its own":   web.authorization("openid", "redirect_uri", "https://client.test/callback").Encode(),
		"redirect in capitals":       web.authorization("openid", "redirect_uri", "https://CLIENT.test/callback?keep=1").Encode(),
		"redirect with default port": web.authorization("openid", "redirect_uri", "https://client.test:443/callback?keep=1").Encode(),
		"redirect with a line break": web.authorization("openid").Encode() + "%0d%0aX-Evil:%201&redirect_uri=x%0d%0a",
		"redirect with a fragment":   web.authorization("openid", "redirect_uri", callback+"#").Encode(),
		"loopback by another name":   native.authorization("openid", "redirect_uri", "http://localhost:1234/cb").Encode(),
		"loopback, another path":     native.authorization("openid", "redirect_uri", "http://127.0.0.1:1234/cb2").Encode(),
		"bad redirect and request":   web.authorization("openid", "redirect_uri", "https://evil.test/", "request", "x").Encode(),
		"unknown pending request":    "request_id=forged",
	} {
		t.Run(name, func(t *testing.T) {
			w := ada.do(get(t, "/api/oauth/authorize?"+query))
			if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" || w.Header().Get("X-Evil") != "" {
				t.Fatalf("%d %v", w.Code, w.Header())
			}
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/html") || strings.Contains(w.Body.String(), "evil") {
				t.Errorf("%s: %s", got, w.Body)
			}
			asJSON := ada.do(header(get(t, "/api/oauth/authorize?"+query), "Accept", "application/json"))
			answers(t, asJSON, http.StatusBadRequest)
			if code := field(t, asJSON, "error"); code != "invalid_client" && code != "invalid_request" {
				t.Errorf("error %q", code)
			}
		})
	}
}

func TestStateComesBackAsItWas(t *testing.T) {
	req.Covers(t, "R-028", "R-049", "R-062", "R-070", "R-079")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	for name, state := range map[string]string{
		"plain": "abc", "reserved": "a b&c=d%20+/?#\"<>", "beyond ASCII": "ünï✓", "empty": "", "long": strings.Repeat("s", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			id := location(t, ada.do(get(t, "/api/oauth/authorize?"+web.authorization("openid", "state", state, "prompt", "consent").Encode()))).Query().Get("request_id")
			at := ada.decide(id, "deny")
			got := at.Query()
			if diff := cmp.Diff([]string{state}, got["state"]); diff != "" || got.Get("iss") != issuer || !strings.HasPrefix(at.String(), callback+"&") {
				t.Errorf("led to %s (-want +got):\n%s", at, diff)
			}
		})
	}
	v := web.authorization("openid", "prompt", "consent")
	v.Del("state")
	id := location(t, ada.do(get(t, "/api/oauth/authorize?"+v.Encode()))).Query().Get("request_id")
	if _, has := ada.decide(id, "approve").Query()["state"]; has {
		t.Error("a state that was never sent came back")
	}
}

func TestSigningInLeadsBack(t *testing.T) {
	req.Covers(t, "R-054", "R-059", "R-093")
	r := newRig(t)
	r.person("ada")
	web := r.client(webSettings(), "web")
	query := web.authorization("openid", "login_hint", "ada\"><script>", "ui_locales", "de", "display", "page", "acr_values", "1").Encode()
	at := location(t, r.do(get(t, "/api/oauth/authorize?"+query)))
	if at.Path != "/login" || at.Query().Get("return_url") != "/api/oauth/authorize?"+query {
		t.Fatalf("led to %s", at)
	}
	back := location(t, r.browser("ada").do(get(t, at.Query().Get("return_url"))))
	if back.Path != "/oauth/authorize/consent" || back.Query().Get("request_id") == "" {
		t.Errorf("and then to %s", back)
	}
	silent := location(t, r.do(get(t, "/api/oauth/authorize?"+web.authorization("openid", "prompt", "none").Encode())))
	if got := responseOf(t, silent, callback).Get("error"); got != "login_required" {
		t.Errorf("prompt=none answered %q", got)
	}
}

func TestPostedRequests(t *testing.T) {
	req.Covers(t, "R-009", "R-046", "R-020")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	w := r.do(header(post(t, "/api/oauth/authorize", web.authorization("openid").Encode()),
		"Origin", "https://client.test", "Sec-Fetch-Site", "cross-site"))
	answers(t, w, http.StatusSeeOther)
	next := location(t, w)
	signIn := location(t, r.do(get(t, next.String())))
	if signIn.Path != "/login" || signIn.Query().Get("return_url") != next.String() {
		t.Fatalf("led to %s", signIn)
	}
	consent := location(t, ada.do(get(t, next.String())))
	if at := ada.decide(consent.Query().Get("request_id"), "approve"); at.Query().Get("code") == "" || at.Query().Get("state") != "st4te" {
		t.Errorf("led to %s", at)
	}
	r.person("eve")
	if w := r.browser("eve").do(get(t, next.String())); w.Code != http.StatusBadRequest {
		t.Errorf("another session may go on: %d", w.Code)
	}
	faulty := location(t, r.do(post(t, "/api/oauth/authorize", web.authorization("openid").Encode()+"&nonce=1&nonce=2")))
	if got := responseOf(t, location(t, r.do(get(t, faulty.String()))), callback).Get("error"); got != "invalid_request" {
		t.Errorf("a repeated parameter is %q", got)
	}
	for name, body := range map[string]string{
		"unknown client": web.authorization("openid", "client_id", "nobody").Encode(), "in the query alone": "",
	} {
		if w := r.do(post(t, "/api/oauth/authorize?"+web.authorization("openid").Encode(), body)); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestConsentByJSON(t *testing.T) {
	req.Covers(t, "R-060", "R-061", "R-090", "R-091", "R-048")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	web, ada, eve := r.client(webSettings(), "web"), r.browser("ada"), r.browser("eve")
	id := ada.requestID(web, "openid profile CREATE_POST MANAGE_POSTS")
	path := "/api/oauth/authorize/consent?request_id=" + id
	want := map[string]any{
		"request_id": id, "client_id": "web", "client_name": "Web", "redirect_uri": callback, "expires_at": "2026-11-21T12:10:00Z",
		"requested_scopes": []any{"openid", "profile", "CREATE_POST", "MANAGE_POSTS"},
		"granted_scopes":   []any{"openid", "profile", "CREATE_POST"}, "inherits_user_permissions": false,
	}
	if diff := cmp.Diff(want, decode(t, ada.do(get(t, path)))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wants(t, r.do(get(t, path)), http.StatusUnauthorized, "unauthenticated")
	wants(t, eve.do(get(t, path)), http.StatusBadRequest, "invalid_request")
	wants(t, ada.do(get(t, "/api/oauth/authorize/consent")), http.StatusBadRequest, "invalid_request")
	body := `{"request_id":"` + id + `","decision":"approve"}`
	decide := func(body string) *http.Request {
		return jsonRequest(t, http.MethodPost, "/api/oauth/authorize/consent", body)
	}
	wants(t, eve.do(decide(body)), http.StatusBadRequest, "invalid_request")
	wants(t, r.do(decide(body)), http.StatusUnauthorized, "unauthenticated")
	wants(t, ada.do(decide(`{"request_id":"`+id+`","decision":"maybe"}`)), http.StatusBadRequest, "invalid_request")
	denied := ada.decide(id, "deny").Query()
	if denied.Get("error") != "access_denied" || denied.Get("state") != "st4te" || denied.Get("iss") != issuer || denied.Has("code") {
		t.Errorf("denied with %v", denied)
	}
	wants(t, ada.do(decide(body)), http.StatusBadRequest, "invalid_request")
	r.clock.pass(10 * time.Minute)
	wants(t, ada.do(get(t, path)), http.StatusBadRequest, "invalid_request")

	gone := "/api/oauth/authorize/consent?request_id=" + ada.requestID(web, "openid")
	must(t, r.clients.Delete(t.Context(), "web"))
	wants(t, ada.do(get(t, gone)), http.StatusBadRequest, "invalid_client")
}

func TestOtherSitesCannotAct(t *testing.T) {
	req.Covers(t, "R-085", "R-127")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	id := ada.requestID(web, "openid")
	for name, tc := range map[string]struct {
		headers   []string
		mediaType string
		status    int
	}{
		"cross-site":     {headers: []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"}, status: http.StatusForbidden},
		"a sibling":      {headers: []string{"Sec-Fetch-Site", "same-site", "Origin", "https://other.writ.test"}, status: http.StatusForbidden},
		"an old browser": {headers: []string{"Origin", "https://evil.test"}, status: http.StatusForbidden},
		"null":           {headers: []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, status: http.StatusForbidden},
		"a form":         {headers: []string{"Sec-Fetch-Site", "same-origin"}, mediaType: formType, status: http.StatusUnsupportedMediaType},
		"text":           {headers: []string{"Sec-Fetch-Site", "same-origin"}, mediaType: "text/plain", status: http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			sent := header(jsonRequest(t, http.MethodPost, "/api/oauth/authorize/consent", `{"request_id":"`+id+`","decision":"approve"}`), tc.headers...)
			if tc.mediaType != "" {
				sent.Header.Set("Content-Type", tc.mediaType)
			}
			answers(t, ada.do(sent), tc.status)
		})
	}
	for _, origin := range []string{issuer, frontend} {
		sent := header(jsonRequest(t, http.MethodPost, "/api/oauth/authorize/consent",
			`{"request_id":"`+ada.requestID(web, "openid CREATE_POST")+`","decision":"deny"}`), "Sec-Fetch-Site", "same-site", "Origin", origin)
		answers(t, ada.do(sent), http.StatusOK)
	}
	for _, path := range []string{"/api/auth/logout", "/api/auth/password/signin"} {
		wants(t, ada.do(header(jsonRequest(t, http.MethodPost, path, "{}"), "Origin", "https://evil.test")), http.StatusForbidden, "cross_origin")
	}
	wants(t, ada.do(header(request(t, http.MethodDelete, "/api/auth/oauth/tokens/x"), "Origin", "https://evil.test")), http.StatusForbidden, "cross_origin")
}
