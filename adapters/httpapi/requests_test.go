package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"writ/domain/oauth"
)

const (
	verifier = oauth.CodeVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	formType = "application/x-www-form-urlencoded"
)

// form makes the body of a form of pairs.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func post(t testing.TB, path, body string) *http.Request {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, issuer+path, strings.NewReader(body))
	req.Header.Set("Content-Type", formType)
	return req
}

func get(t testing.TB, path string) *http.Request {
	t.Helper()
	return request(t, http.MethodGet, path)
}

func request(t testing.TB, method, path string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, issuer+path, nil)
}

func jsonRequest(t testing.TB, method, path, body string) *http.Request {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, issuer+path, bytes.NewBufferString(body))
	req.Header.Set("Content-Type", "application/json")
	return req
}

func header(req *http.Request, pairs ...string) *http.Request {
	for i := 0; i+1 < len(pairs); i += 2 {
		req.Header.Add(pairs[i], pairs[i+1])
	}
	return req
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// as authenticates a request in the way of the client.
func (c registered) as(t testing.TB, path string, v url.Values) *http.Request {
	t.Helper()
	if c.secret == "" {
		v.Set("client_id", c.id)
		return post(t, path, v.Encode())
	}
	return header(post(t, path, v.Encode()), "Authorization", basic(c.id, c.secret))
}

func decode(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("status %d with a body that is no JSON: %q", w.Code, w.Body)
	}
	return body
}

func field(t testing.TB, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	value, is := decode(t, w)[name].(string)
	if !is {
		t.Fatalf("status %d without %s: %s", w.Code, name, w.Body)
	}
	return value
}

// wants checks the status and the error code.
func wants(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d instead of %d: %s %s", w.Code, status, w.Header(), w.Body)
		return
	}
	if got, _ := decode(t, w)["error"].(string); got != code {
		t.Errorf("error %q instead of %q: %s", got, code, w.Body)
	}
}

// answers checks the status alone.
func answers(t testing.TB, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d instead of %d: %v %s", w.Code, status, w.Header(), w.Body)
	}
}

// location is where an answer leads.
func location(t testing.TB, w *httptest.ResponseRecorder) *url.URL {
	t.Helper()
	if w.Code != http.StatusFound && w.Code != http.StatusSeeOther {
		t.Fatalf("status %d is no redirect: %s", w.Code, w.Body)
	}
	return mustURL(t, w.Header().Get("Location"))
}

// authorization is a good authorization request of a client.
func (c registered) authorization(scope string, more ...string) url.Values {
	v := form("response_type", "code", "client_id", c.id, "redirect_uri", c.redirect, "scope", scope, "state", "st4te",
		"code_challenge", string(verifier.Challenge()), "code_challenge_method", "S256")
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// requestID begins an authorization and gives the request to decide on.
func (b browser) requestID(c registered, scope string) string {
	b.r.t.Helper()
	at := location(b.r.t, b.do(get(b.r.t, "/api/oauth/authorize?"+c.authorization(scope).Encode())))
	id := at.Query().Get("request_id")
	if id == "" {
		b.r.t.Fatalf("led to %s", at)
	}
	return id
}

// decide decides by the JSON API and gives where the browser is sent.
func (b browser) decide(id, decision string) *url.URL {
	b.r.t.Helper()
	w := b.do(jsonRequest(b.r.t, http.MethodPost, "/api/oauth/authorize/consent", `{"request_id":"`+id+`","decision":"`+decision+`"}`))
	answers(b.r.t, w, http.StatusOK)
	return mustURL(b.r.t, field(b.r.t, w, "location"))
}

// code runs an authorization to its end. An earlier consent may stand for this one.
func (b browser) code(c registered, scope string, more ...string) string {
	b.r.t.Helper()
	at := location(b.r.t, b.do(get(b.r.t, "/api/oauth/authorize?"+c.authorization(scope, more...).Encode())))
	if id := at.Query().Get("request_id"); id != "" {
		at = b.decide(id, "approve")
	}
	code := at.Query().Get("code")
	if code == "" {
		b.r.t.Fatalf("approved without a code: %s", at)
	}
	return code
}

// redeem is the form that redeems a code.
func (c registered) redeem(code string) url.Values {
	return form("grant_type", "authorization_code", "code", code, "redirect_uri", c.redirect, "code_verifier", string(verifier))
}

// tokens gives the answer of the token endpoint to a good request.
func (r *rig) tokens(c registered, v url.Values) map[string]any {
	r.t.Helper()
	w := r.do(c.as(r.t, "/api/oauth/token", v))
	answers(r.t, w, http.StatusOK)
	return decode(r.t, w)
}

// grant runs the whole code flow.
func (b browser) grant(c registered, scope string) map[string]any {
	b.r.t.Helper()
	return b.r.tokens(c, c.redeem(b.code(c, scope)))
}
