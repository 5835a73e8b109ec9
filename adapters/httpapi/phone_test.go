package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"writ/application/signin"
	"writ/ports/portstest/req"
)

const phone = "+12025550123"

func (r *rig) put(path, body string) *httptest.ResponseRecorder {
	r.t.Helper()
	return r.do(jsonRequest(r.t, http.MethodPut, path, body))
}

func (r *rig) post(path, body string) *httptest.ResponseRecorder {
	r.t.Helper()
	return r.do(jsonRequest(r.t, http.MethodPost, path, body))
}

func phoneBody(handle, number string) string {
	return `{"identifier":"` + handle + `","phone_number":"` + number + `"}`
}

// cookieOf is the session that an answer brought.
func (r *rig) cookieOf(w *httptest.ResponseRecorder) browser {
	r.t.Helper()
	answers(r.t, w, http.StatusOK)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		r.t.Fatalf("%d cookies", len(cookies))
	}
	return browser{r, cookies[0]}
}

func TestContractOfPhones(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	keep := func(name string, w *httptest.ResponseRecorder) {
		t.Helper()
		golden(t, "contract/"+name+".http", record(w))
	}
	keep("phone-1-start", r.post("/api/auth/phone", phoneBody("Freya", "+1 (202) 555-0123")))
	keep("phone-2-wrong-code", r.put("/api/auth/phone/freya", `{"code":"x"}`))
	keep("phone-3-signed-in", r.put("/api/auth/phone/freya", `{"code":"`+r.box.code(t, phone)+`"}`))
	keep("phone-no-number", r.post("/api/auth/phone", phoneBody("freya", "call me")))
	answers(t, r.post("/api/auth/phone", phoneBody("ada", phone)), http.StatusOK)
	keep("phone-other-handle", r.put("/api/auth/phone/ada", `{"code":"`+r.box.code(t, phone)+`"}`))
	answers(t, r.post("/api/auth/phone", phoneBody("ada", "+12025550188")), http.StatusOK)
	keep("phone-handle-taken", r.put("/api/auth/phone/ada", `{"code":"`+r.box.code(t, "+12025550188")+`"}`))
	for range 3 {
		answers(t, r.post("/api/auth/phone", phoneBody("ada", phone)), http.StatusOK)
	}
	keep("phone-too-often", r.post("/api/auth/phone", phoneBody("ada", phone)))
	keep("phone-not-offered", newRig(muted{t}).post("/api/auth/phone", phoneBody("ada", phone)))
}

func TestB3TheAnswerToAStartTellsNothing(t *testing.T) {
	req.Covers(t, "R-041")
	r := newRig(t)
	id := r.person("ada")
	answers(t, r.post("/api/auth/phone", phoneBody("freya", phone)), http.StatusOK)
	freya := r.cookieOf(r.put("/api/auth/phone/freya", `{"code":"`+r.box.code(t, phone)+`"}`))
	answers(t, freya.do(get(t, "/api/auth/oauth/tokens")), http.StatusOK)
	var bodies []string
	for _, who := range []string{phoneBody("freya", phone), phoneBody("ada", phone), phoneBody("freya", "+12025550188"), phoneBody("loki", "+12025550177")} {
		w := r.post("/api/auth/phone", who)
		answers(t, w, http.StatusOK)
		if len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), id) {
			t.Errorf("a start answers %s", w.Body)
		}
		got := field(t, w, "id")
		bodies = append(bodies, strings.ReplaceAll(w.Body.String(), got, ""))
	}
	for _, body := range bodies {
		if body != bodies[0] {
			t.Errorf("starts answer differently: %q", bodies)
		}
	}
	for _, handle := range []string{"ada", "nobody", "%00", "%D0%BEdin", strings.Repeat("a", 10_000)} {
		w := r.put("/api/auth/phone/"+handle, `{"code":"123456"}`)
		if w.Code != http.StatusForbidden && w.Code != http.StatusBadRequest {
			t.Errorf("%.20s: %d %s", handle, w.Code, w.Body)
		}
	}
}

func TestBodiesOfProofsAreReadStrictly(t *testing.T) {
	req.Covers(t, "R-024", "R-262")
	r := newRig(t)
	for _, line := range []struct{ method, path string }{
		{http.MethodPost, "/api/auth/phone"},
		{http.MethodPut, "/api/auth/phone/ada"},
		{http.MethodPost, "/api/auth/email"},
		{http.MethodPut, "/api/auth/email/x"},
		{http.MethodPost, "/api/auth/password/signup"},
		{http.MethodPut, "/api/auth/password/signup"},
		{http.MethodPost, "/api/auth/password/reset"},
		{http.MethodPut, "/api/auth/password/reset"},
	} {
		for _, body := range []string{"", "null", "[]", `{"identifier":1}`, `{"email":{}}`, "{", `{"code":"\u0000"}`, `{"code":"\ud800"}`, `{}`} {
			w := r.do(jsonRequest(t, line.method, line.path, body))
			if w.Code/100 != 4 {
				t.Errorf("%s %s %s: %d %s", line.method, line.path, body, w.Code, w.Body)
			}
		}
		wants(t, r.do(header(jsonRequest(t, line.method, line.path, "{}"), "Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "cross_origin")
		answers(t, r.do(request(t, line.method, line.path)), http.StatusUnsupportedMediaType)
	}
}

func TestNoSecretOfAProofIsLogged(t *testing.T) {
	req.Covers(t, "R-261")
	r := newRig(t)
	id := field(t, r.post("/api/auth/phone", phoneBody("freya", phone)), "id")
	code := r.box.code(t, phone)
	answers(t, r.put("/api/auth/phone/freya", `{"id":"`+id+`","code":"`+code+`"}`), http.StatusOK)
	answers(t, r.post("/api/auth/email", `{"email":"odin@example.org","identifier":"odin"}`), http.StatusOK)
	token := r.box.token(t, "odin@example.org")
	answers(t, r.put("/api/auth/email/"+token, `{}`), http.StatusOK)
	for _, secret := range []string{id, code, token, phone[1:], "freya", "odin@"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// Somebody who was told another session beforehand does not share the one that signing in makes.
func TestASessionIsNewAfterEverySignIn(t *testing.T) {
	req.Covers(t, "R-084")
	r := newRig(t)
	answers(t, r.post("/api/auth/phone", phoneBody("freya", phone)), http.StatusOK)
	before := r.cookieOf(r.put("/api/auth/phone/freya", `{"code":"`+r.box.code(t, phone)+`"}`))
	answers(t, before.do(jsonRequest(t, http.MethodPost, "/api/auth/phone", phoneBody("freya", phone))), http.StatusOK)
	after := before.do(jsonRequest(t, http.MethodPut, "/api/auth/phone/freya", `{"code":"`+r.box.code(t, phone)+`"}`))
	if got := r.cookieOf(after).cookie.Value; got == before.cookie.Value {
		t.Error("the session stayed")
	}
	if signin.CodeLifetime.Minutes() != 5 {
		t.Error("a code lives another time than 5 minutes")
	}
}
