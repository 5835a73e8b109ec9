package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"writ/ports/portstest/req"
)

const mailbox = "freya@example.org"

func TestContractOfLettersAndContacts(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	keep := func(name string, w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		t.Helper()
		golden(t, "contract/"+name+".http", record(w))
		return w
	}
	// sign-in by e-mail
	id := field(t, keep("email-1-start", r.post("/api/auth/email", `{"email":"ada@example.org"}`)), "id")
	keep("email-2-signed-in", r.put("/api/auth/email/"+id, `{"code":"`+r.box.code(t, "ada@example.org")+`"}`))
	id = field(t, r.post("/api/auth/email", `{"email":"new@example.org"}`), "id")
	keep("email-handle-needed", r.put("/api/auth/email/"+id, `{"code":"`+r.box.code(t, "new@example.org")+`"}`))

	// sign-up
	body := `{"identifier":"freya","token":"` + password + `","email":"` + mailbox + `","name":"Freya"}`
	id = field(t, keep("sign-up-1-waits", r.post("/api/auth/password/signup", body)), "id")
	freya := r.cookieOf(keep("sign-up-2-done", r.put("/api/auth/password/signup", `{"id":"`+id+`","code":"`+r.box.code(t, mailbox)+`"}`)))
	keep("sign-up-weak-password", r.post("/api/auth/password/signup", `{"identifier":"loki","token":"password1","email":"loki@example.org"}`))
	keep("sign-up-without-letters", newRig(muted{t}).post("/api/auth/password/signup", body))

	// contacts
	keep("contacts-1-list", freya.do(get(t, "/api/auth/account/emails")))
	id = field(t, keep("contacts-2-start", freya.do(jsonRequest(t, http.MethodPost, "/api/auth/account/phones", `{"phone_number":"`+phone+`"}`))), "id")
	keep("contacts-3-added", freya.do(jsonRequest(t, http.MethodPut, "/api/auth/account/phones", `{"id":"`+id+`","code":"`+r.box.code(t, phone)+`"}`)))
	phones := decode(t, freya.do(get(t, "/api/auth/account/phones")))["contacts"].([]any)
	number := phones[0].(map[string]any)
	if number["phone_number"] != phone || number["verified"] != true || number["primary"] != true {
		t.Errorf("the phones are %v", phones)
	}
	keep("contacts-4-removed", freya.do(request(t, http.MethodDelete, "/api/auth/account/phones/"+number["id"].(string))))
	keep("contacts-unknown", freya.do(request(t, http.MethodDelete, "/api/auth/account/phones/x")))
	keep("contacts-signed-out", r.do(get(t, "/api/auth/account/emails")))
	r.clock.pass(16 * time.Minute)
	keep("contacts-stale", freya.do(jsonRequest(t, http.MethodPost, "/api/auth/account/emails", `{"email":"second@example.org"}`)))

	// a forgotten password
	id = field(t, keep("reset-1-start", r.post("/api/auth/password/reset", `{"email":"`+mailbox+`"}`)), "id")
	keep("reset-2-done", r.put("/api/auth/password/reset", `{"id":"`+id+`","code":"`+r.box.code(t, mailbox)+`","token":"another horse battery"}`))
	answers(t, freya.do(get(t, "/api/auth/account/emails")), http.StatusUnauthorized)
	answers(t, r.signIn("freya", password), http.StatusUnauthorized)
	answers(t, r.signIn("freya", "another horse battery"), http.StatusOK)
}

func TestALinkSignsIn(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	for _, step := range []struct{ path, start, finish string }{
		{"/api/auth/email", `{"email":"ada@example.org"}`, ""},
		{"/api/auth/password/reset", `{"email":"ada@example.org"}`, `{"id":"TOKEN","token":"another horse battery"}`},
		{"/api/auth/password/signup", `{"identifier":"freya","token":"` + password + `","email":"` + mailbox + `"}`, `{"id":"TOKEN"}`},
	} {
		if w := r.post(step.path, step.start); w.Code/100 != 2 {
			t.Fatalf("%s: %d %s", step.path, w.Code, w.Body)
		}
		to := "ada@example.org"
		if strings.HasSuffix(step.path, "signup") {
			to = mailbox
		}
		token, path, body := r.box.token(t, to), step.path, step.finish
		if body == "" {
			path, body = path+"/"+token, "{}"
		}
		body = strings.ReplaceAll(body, "TOKEN", token)
		answers(t, r.put(path, body), http.StatusOK)
		wants(t, r.put(path, body), http.StatusForbidden, "invalid_code")
	}
}

func TestStartsByLetterAnswerAlike(t *testing.T) {
	req.Covers(t, "R-041")
	r := newRig(t)
	r.person("ada")
	for path, body := range map[string]string{
		"/api/auth/email": `{"email":"WHO"}`, "/api/auth/password/reset": `{"email":"WHO"}`,
		"/api/auth/password/signup": `{"identifier":"freya","token":"` + password + `","email":"WHO"}`,
	} {
		var seen string
		for _, who := range []string{"ada@example.org", "nobody@example.org"} {
			w := r.post(path, strings.ReplaceAll(body, "WHO", who))
			text := record(w)
			if seen == "" {
				seen = text
			}
			if text != seen {
				t.Errorf("%s answers %s as\n%s\nand others as\n%s", path, who, text, seen)
			}
		}
	}
}

func TestTheLanguageOfALetterIsTheBrowsers(t *testing.T) {
	r := newRig(t)
	for accept, want := range map[string]string{
		"de-CH,de;q=0.9,en;q=0.8": "Anmelden bei Writ", "en;q=0.1, fr": "Connexion à Writ", "": "Sign in to Writ",
		";;;q=x,\x01,,,": "Sign in to Writ", "en;q=0, ja;q=0.001": "Writへのログイン",
	} {
		r.clock.pass(time.Hour)
		answers(t, r.do(header(jsonRequest(t, http.MethodPost, "/api/auth/email", `{"email":"ada@example.org"}`), "Accept-Language", accept)), http.StatusOK)
		if got, _, _ := strings.Cut(r.box.last(t, "ada@example.org"), "\n"); got != want {
			t.Errorf("%q: %s", accept, got)
		}
	}
}

func TestPreferringAnAddress(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	ada := r.browser("ada")
	id := field(t, ada.do(jsonRequest(t, http.MethodPost, "/api/auth/account/emails", `{"email":"second@example.org"}`)), "id")
	answers(t, ada.do(jsonRequest(t, http.MethodPut, "/api/auth/account/emails", `{"id":"`+id+`","code":"`+r.box.code(t, "second@example.org")+`"}`)), http.StatusNoContent)
	all := decode(t, ada.do(get(t, "/api/auth/account/emails")))["contacts"].([]any)
	second := all[1].(map[string]any)
	at := "/api/auth/account/emails/" + second["id"].(string)
	wants(t, ada.do(jsonRequest(t, http.MethodPatch, at, `{"primary":false}`)), http.StatusBadRequest, "invalid_request")
	wants(t, ada.do(header(jsonRequest(t, http.MethodPatch, at, `{"primary":true}`), "Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "cross_origin")
	answers(t, ada.do(jsonRequest(t, http.MethodPatch, at, `{"primary":true}`)), http.StatusNoContent)
	all = decode(t, ada.do(get(t, "/api/auth/account/emails")))["contacts"].([]any)
	if first := all[0].(map[string]any); first["email"] != "second@example.org" || first["primary"] != true {
		t.Errorf("the addresses are %v", all)
	}
}

// A session alone may change addresses, never a token, whatever it may do.
func TestATokenChangesNoAddress(t *testing.T) {
	r := newRig(t)
	r.person("ada")
	ada := r.browser("ada")
	access := ada.grant(r.client(webSettings(), "web"), "openid email")["access_token"].(string)
	for _, line := range []struct{ method, path string }{
		{http.MethodGet, ""}, {http.MethodPost, ""}, {http.MethodPut, ""}, {http.MethodPatch, "/x"}, {http.MethodDelete, "/x"},
	} {
		for _, kind := range []string{"emails", "phones"} {
			request := jsonRequest(t, line.method, "/api/auth/account/"+kind+line.path, "{}")
			wants(t, r.do(header(request, "Authorization", "Bearer "+access)), http.StatusForbidden, "permission_denied")
		}
	}
}
