package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"writ/adapters/httpapi"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// accessKeys wires the use cases of access keys as the program does.
func (u useCases) accessKeys(at signin.Attempts) httpapi.KeyUseCases {
	c := u.rig.clock
	return httpapi.KeyUseCases{
		Recognise: signin.NewRecogniseKey(u.ledger, u.shelf, u.store, at, c),
		Own:       maintain.NewKeys(u.ledger, u.shelf, u.store, c, u.entropy),
	}
}

const keyPermissions oauth.Scope = "CREATE_POST READ_PROFILE USE_OAUTH_CLIENTS USE_PERSONAL_ACCESS_KEYS"

// keyholder is a person who may use keys, in a browser.
func (r *rig) keyholder(handle string) (browser, oauth.AccountID) {
	r.t.Helper()
	id := oauth.AccountID(r.person(handle))
	_, err := r.accounts.SetPermissions(r.t.Context(), string(id), keyPermissions.Words())
	must(r.t, err)
	return r.browser(handle), id
}

func (b browser) key(t *testing.T, body string) (id, secret string) {
	t.Helper()
	made := b.do(jsonRequest(t, http.MethodPost, "/api/auth/access-keys", body))
	answers(t, made, http.StatusOK)
	return field(t, made, "id"), field(t, made, "secret")
}

// by sends a request with a key.
func (r *rig) by(key string, q *http.Request) *httptest.ResponseRecorder {
	r.t.Helper()
	return r.do(header(q, "Authorization", "Bearer "+key))
}

// grantBy lets a program have a client authorised, without any browser.
func (r *rig) grantBy(t *testing.T, key string, c registered) *httptest.ResponseRecorder {
	t.Helper()
	asked := r.by(key, get(t, "/api/oauth/authorize?"+c.authorization("openid offline_access CREATE_POST").Encode()))
	to := location(t, asked)
	if code := to.Query().Get("code"); code != "" {
		return r.do(c.as(t, "/api/oauth/token", c.redeem(code)))
	}
	id := to.Query().Get("request_id")
	answers(t, r.by(key, get(t, "/api/oauth/authorize/consent?request_id="+id)), http.StatusOK)
	decided := r.by(key, jsonRequest(t, http.MethodPost, "/api/oauth/authorize/consent", `{"request_id":"`+id+`","decision":"approve"}`))
	answers(t, decided, http.StatusOK)
	return r.do(c.as(t, "/api/oauth/token", c.redeem(mustURL(t, field(t, decided, "location")).Query().Get("code"))))
}

func (r *rig) refresh(t *testing.T, c registered, token string) *httptest.ResponseRecorder {
	t.Helper()
	return r.do(c.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", token)))
}

func TestAProgramAuthorisesAClientByAKey(t *testing.T) {
	r := newRig(t)
	ada, _ := r.keyholder("ada")
	web := r.client(webSettings(), "web")
	_, key := ada.key(t, `{"name":"deploy"}`)
	first := r.grantBy(t, key, web)
	answers(t, first, http.StatusOK)
	if got := field(t, first, "scope"); got != "openid offline_access CREATE_POST" {
		t.Errorf("granted %q", got)
	}
	answers(t, r.refresh(t, web, field(t, first, "refresh_token")), http.StatusOK)
}

func TestB21GrantsMadeWithAKeyEndWithTheKey(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		end  func(r *rig, b browser, id string)
	}{
		"removed": {`{"name":"k"}`, func(r *rig, b browser, id string) {
			answers(t, b.do(request(t, http.MethodDelete, "/api/auth/access-keys/"+id)), http.StatusNoContent)
		}},
		"expired": {`{"name":"k","expires_at":"2026-11-21T12:05:00Z"}`, func(r *rig, _ browser, _ string) { r.clock.pass(5 * time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ada, _ := r.keyholder("ada")
			web := r.client(webSettings(), "web")
			id, key := ada.key(t, tc.body)
			granted := r.grantBy(t, key, web)
			answers(t, granted, http.StatusOK)
			asked := location(t, r.by(key, get(t, "/api/oauth/authorize?"+web.authorization("openid CREATE_POST").Encode())))

			tc.end(r, ada, id)

			wants(t, r.refresh(t, web, field(t, granted, "refresh_token")), http.StatusBadRequest, "invalid_grant")
			wants(t, r.refresh(t, web, field(t, granted, "refresh_token")), http.StatusBadRequest, "invalid_grant")
			if code := asked.Query().Get("code"); code != "" {
				wants(t, r.do(web.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
			}
			if active := decode(t, r.do(web.as(t, "/api/oauth/introspect", form("token", field(t, granted, "refresh_token")))))["active"]; active != false {
				t.Errorf("introspection says active: %v", active)
			}
			answers(t, r.by(key, get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode())), http.StatusUnauthorized)
			if list := ada.do(get(t, "/api/auth/oauth/tokens")).Body.String(); strings.Contains(list, `"client_id":"web"`) {
				t.Errorf("the grant is still listed: %s", list)
			}
		})
	}
}

func TestAGrantOfABrowserOutlivesAKey(t *testing.T) {
	r := newRig(t)
	ada, _ := r.keyholder("ada")
	web := r.client(webSettings(), "web")
	id, key := ada.key(t, `{"name":"k"}`)
	byHand := ada.grant(web, "openid offline_access CREATE_POST")
	asked := location(t, r.by(key, get(t, "/api/oauth/authorize?"+web.authorization("openid").Encode())))
	if asked.Query().Get("code") != "" {
		t.Error("what a person allowed in a browser is remembered for a key")
	}
	answers(t, ada.do(request(t, http.MethodDelete, "/api/auth/access-keys/"+id)), http.StatusNoContent)
	answers(t, r.refresh(t, web, byHand["refresh_token"].(string)), http.StatusOK)
}

func TestWhatAKeyOpens(t *testing.T) {
	req.Covers(t, "R-060")
	r := newRig(t)
	ada, id := r.keyholder("ada")
	eve, _ := r.keyholder("eve")
	web := r.client(webSettings(), "web")
	_, key := ada.key(t, `{"name":"k"}`)
	_, second := ada.key(t, `{"name":"second"}`)
	_, hers := eve.key(t, `{"name":"k"}`)
	query := "/api/oauth/authorize?" + web.authorization("openid").Encode()
	pending := location(t, r.by(key, get(t, query))).Query().Get("request_id")
	consent := "/api/oauth/authorize/consent?request_id=" + pending
	for name, tc := range map[string]struct {
		key  string
		path string
		want int
	}{
		"its request":                {key, consent, http.StatusOK},
		"another key of the account": {second, consent, http.StatusBadRequest},
		"a key of another account":   {hers, consent, http.StatusBadRequest},
		"a wrong secret":             {key[:49] + "!", consent, http.StatusUnauthorized},
		"another secret":             {key[:18] + strings.Repeat("a", 32), consent, http.StatusUnauthorized},
		"an unknown key":             {"sdpak_" + strings.Repeat("a", 44), consent, http.StatusUnauthorized},
		"a key of a robot":           {"sdbak_" + key[6:], consent, http.StatusForbidden},
		"an access token":            {"eyJx.y.z", consent, http.StatusForbidden},
		"the request of a browser":   {key, "/api/oauth/authorize/consent?request_id=" + ada.requestID(web, "openid"), http.StatusBadRequest},
		"a device's request":         {key, "/api/oauth/device/consent?user_code=AAAA-AAAA", http.StatusForbidden},
		"the list of keys":           {key, "/api/auth/access-keys", http.StatusForbidden},
		"the list of passkeys":       {key, "/api/auth/passkeys", http.StatusForbidden},
		"userinfo":                   {key, "/api/oauth/userinfo", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) { answers(t, r.by(tc.key, get(t, tc.path)), tc.want) })
	}
	_, err := r.accounts.SetPermissions(t.Context(), string(id), []string{"USE_OAUTH_CLIENTS"})
	must(t, err)
	answers(t, r.by(key, get(t, consent)), http.StatusUnauthorized)
}

func TestB19AKeyIsNeitherOverlookedNorShadowed(t *testing.T) {
	r := newRig(t)
	ada, _ := r.keyholder("ada")
	eve, _ := r.keyholder("eve")
	web := r.client(webSettings(), "web")
	_, hers := eve.key(t, `{"name":"k"}`)
	id := ada.requestID(web, "openid")
	path := "/api/oauth/authorize/consent?request_id=" + id
	answers(t, ada.do(header(get(t, path), "Authorization", "Bearer "+hers)), http.StatusBadRequest)
	refused := ada.do(header(get(t, path), "Authorization", "bearer sdpak_x"))
	answers(t, refused, http.StatusUnauthorized)
	if !strings.Contains(refused.Header().Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("challenged with %q", refused.Header().Get("WWW-Authenticate"))
	}
	answers(t, ada.do(get(t, path)), http.StatusOK)
}

func TestMakingAKey(t *testing.T) {
	r := newRig(t)
	ada, _ := r.keyholder("ada")
	for body, want := range map[string]int{
		`{"name":""}`:         http.StatusBadRequest,
		`{"name":"a\u202eb"}`: http.StatusBadRequest,
		`{"name":"k","expires_at":"2026-11-21T11:00:00Z"}`:             http.StatusBadRequest,
		`{"name":"k","expires_at":"tomorrow"}`:                         http.StatusBadRequest,
		`{"name":"` + strings.Repeat("a", 10<<10) + `"}`:               http.StatusBadRequest,
		`{"name":"<b>k</b>","expires_at":"2027-01-01T00:00:00+01:00"}`: http.StatusOK,
	} {
		answers(t, ada.do(jsonRequest(t, http.MethodPost, "/api/auth/access-keys", body)), want)
	}
	r.person("bob")
	answers(t, r.browser("bob").do(jsonRequest(t, http.MethodPost, "/api/auth/access-keys", `{"name":"k"}`)), http.StatusForbidden)
	answers(t, ada.do(request(t, http.MethodDelete, "/api/auth/access-keys/nope")), http.StatusNotFound)
	list := ada.do(get(t, "/api/auth/access-keys"))
	if body := list.Body.String(); strings.Contains(body, "sdpak_") || !strings.Contains(body, `"expires_at":"2026-12-31T23:00:00Z"`) {
		t.Errorf("listed %s", body)
	}
	r.clock.pass(16 * time.Minute)
	answers(t, ada.do(jsonRequest(t, http.MethodPost, "/api/auth/access-keys", `{"name":"k"}`)), http.StatusForbidden)
	if strings.Contains(r.log.String(), "sdpak_") {
		t.Error("a key is in the log")
	}
}
