package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"writ/adapters/httpapi"
	"writ/adapters/webauthn"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/ports/portstest/req"
)

// passkeys wires the use cases of passkeys as the program does.
func (u useCases) passkeys(at signin.Attempts) httpapi.PasskeyUseCases {
	party, err := webauthn.New(webauthn.Config{Domain: "writ.test", Name: "Writ", Origins: []string{issuer, frontend}})
	must(u.rig.t, err)
	c, e := u.rig.clock, u.entropy
	begin := signin.NewPasskeyBegin(party, u.vault, c, e)
	return httpapi.PasskeyUseCases{
		Begin:  begin,
		Finish: signin.NewPasskeyFinish(begin, u.ledger, u.store, at, u.keys),
		Own:    maintain.NewPasskeys(u.ledger, u.shelf, u.store, party, u.vault, c),
	}
}

// authenticator is somebody's authenticator, in a browser.
type authenticator struct {
	t     *testing.T
	owner string
	key   virtualwebauthn.Credential
}

func newAuthenticator(t *testing.T, owner string) *authenticator {
	t.Helper()
	return &authenticator{t: t, owner: owner, key: newKey()}
}

var page = virtualwebauthn.RelyingParty{ID: "writ.test", Name: "Writ", Origin: issuer}

func (d *authenticator) virtual() virtualwebauthn.Authenticator {
	return virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(d.owner)})
}

// ceremony reads the first half of a ceremony.
func ceremony(t *testing.T, w *httptest.ResponseRecorder) (state, options string) {
	t.Helper()
	var begun struct {
		State   string          `json:"state"`
		Options json.RawMessage `json:"options"`
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &begun))
	return begun.State, string(begun.Options)
}

func ending(t *testing.T, state, credential, name string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"state": state, "credential": json.RawMessage(credential), "name": name})
	must(t, err)
	return string(body)
}

func (d *authenticator) create(begun *httptest.ResponseRecorder, name string) string {
	d.t.Helper()
	state, options := ceremony(d.t, begun)
	asked, err := virtualwebauthn.ParseAttestationOptions(options)
	must(d.t, err)
	return ending(d.t, state, virtualwebauthn.CreateAttestationResponse(page, d.virtual(), d.key, *asked), name)
}

func (d *authenticator) sign(begun *httptest.ResponseRecorder) string {
	d.t.Helper()
	state, options := ceremony(d.t, begun)
	asked, err := virtualwebauthn.ParseAssertionOptions(options)
	must(d.t, err)
	d.key.Counter++
	return ending(d.t, state, virtualwebauthn.CreateAssertionResponse(page, d.virtual(), d.key, *asked), "")
}

// register gives the browser's person a passkey on a new device.
func (b browser) register(t *testing.T, account, name string) (*authenticator, *httptest.ResponseRecorder) {
	t.Helper()
	d := newAuthenticator(t, account)
	begun := b.do(request(t, http.MethodPost, "/api/auth/passkeys"))
	answers(t, begun, http.StatusOK)
	return d, b.do(jsonRequest(t, http.MethodPut, "/api/auth/passkeys", d.create(begun, name)))
}

func (r *rig) signInWith(t *testing.T, d *authenticator) *httptest.ResponseRecorder {
	t.Helper()
	begun := r.do(request(t, http.MethodPost, "/api/auth/passkey"))
	answers(t, begun, http.StatusOK)
	return r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", d.sign(begun)))
}

func TestAPasskeySignsInWithoutAHandle(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	ada := r.browser("ada")
	d, made := ada.register(t, id, "Laptop")
	answers(t, made, http.StatusOK)
	if field(t, made, "name") != "Laptop" {
		t.Errorf("registered %s", made.Body)
	}
	in := r.signInWith(t, d)
	answers(t, in, http.StatusOK)
	if field(t, in, "id") != id || len(in.Result().Cookies()) != 1 {
		t.Errorf("signed in as %s with %v", in.Body, in.Result().Cookies())
	}
	again := browser{r, in.Result().Cookies()[0]}
	if listed := again.do(get(t, "/api/auth/passkeys")); !strings.Contains(listed.Body.String(), `"name":"Laptop"`) {
		t.Errorf("the list is %s", listed.Body)
	}
}

func TestPasskeysAreNamedAndRemoved(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	ada := r.browser("ada")
	d, made := ada.register(t, id, "")
	path := "/api/auth/passkeys/" + field(t, made, "id")
	named := ada.do(jsonRequest(t, http.MethodPatch, path, `{"name":"Phone"}`))
	answers(t, named, http.StatusOK)
	if field(t, named, "name") != "Phone" {
		t.Errorf("named %s", named.Body)
	}
	answers(t, ada.do(jsonRequest(t, http.MethodPatch, path, `{"name":"a\u200bb"}`)), http.StatusBadRequest)
	r.person("eve")
	eve := r.browser("eve")
	answers(t, eve.do(jsonRequest(t, http.MethodPatch, path, `{"name":"mine"}`)), http.StatusNotFound)
	answers(t, eve.do(request(t, http.MethodDelete, path)), http.StatusNotFound)
	answers(t, ada.do(request(t, http.MethodDelete, path)), http.StatusNoContent)
	answers(t, ada.do(request(t, http.MethodDelete, path)), http.StatusNotFound)
	answers(t, r.signInWith(t, d), http.StatusUnauthorized)
}

func TestRegisteringNeedsAFreshSignIn(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	ada := r.browser("ada")
	_, made := ada.register(t, id, "")
	r.clock.pass(16 * time.Minute)
	answers(t, ada.do(request(t, http.MethodPost, "/api/auth/passkeys")), http.StatusForbidden)
	answers(t, ada.do(request(t, http.MethodDelete, "/api/auth/passkeys/"+field(t, made, "id"))), http.StatusForbidden)
	answers(t, r.do(request(t, http.MethodPost, "/api/auth/passkeys")), http.StatusUnauthorized)
	answers(t, r.do(get(t, "/api/auth/passkeys")), http.StatusUnauthorized)
}

func TestWhatPasskeysRefuse(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	ada := r.browser("ada")
	d, _ := ada.register(t, id, "")
	begun := r.do(request(t, http.MethodPost, "/api/auth/passkey"))
	answered := d.sign(begun)
	answers(t, r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", answered)), http.StatusOK)
	answers(t, r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", answered)), http.StatusUnauthorized)
	answers(t, r.signInWith(t, d), http.StatusOK) // the repetition has not hurt the passkey
	for _, body := range []string{
		`{}`, `{"state":"","credential":{}}`, `{"state":1,"credential":{}}`, `[]`,
	} {
		answers(t, r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", body)), http.StatusBadRequest)
	}
	state, _ := ceremony(t, r.do(request(t, http.MethodPost, "/api/auth/passkey")))
	for _, body := range []string{
		`{"state":"x","credential":{}}`, `{"state":"` + state + `","credential":{}}`, `{"state":"` + state + `","credential":"\u0000"}`,
		`{"state":"` + state[:len(state)-4] + `","credential":{"id":"AA"}}`,
	} {
		answers(t, r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", body)), http.StatusUnauthorized)
	}
	late := d.sign(r.do(request(t, http.MethodPost, "/api/auth/passkey")))
	r.clock.pass(10 * time.Minute)
	answers(t, r.do(jsonRequest(t, http.MethodPut, "/api/auth/passkey", late)), http.StatusUnauthorized)
}

// newKey is a key whose coordinates have all their bytes, zeros in front included: the authenticator
// of the library leaves these out, which RFC 9053 §7.1.1 forbids, and one key in 128 has them.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(key.Key.AttestationData()) == whole {
			return key
		}
	}
}

func TestAPasskeyResistsPhishing(t *testing.T) {
	req.Covers(t, "R-059")
	r := newRig(t)
	id := r.person("ada")
	ada, web := r.browser("ada"), r.client(webSettings(), "web")
	d, _ := ada.register(t, id, "")
	query := "/api/oauth/authorize?" + web.authorization("openid", "acr_values", "phr").Encode()
	if to := location(t, ada.do(get(t, query))); to.Path != "/login" {
		t.Errorf("a password is enough: %s", to)
	}
	strong := browser{r, sessionOf(t, r.signInWith(t, d))}
	if to := location(t, strong.do(get(t, query))); to.Path != "/oauth/authorize/consent" {
		t.Errorf("a passkey is not enough: %s", to)
	}
	token, _ := strong.grant(web, "openid")["id_token"].(string)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	var claims struct {
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
		AuthTime int64    `json:"auth_time"`
	}
	must(t, json.Unmarshal(payload, &claims))
	if claims.ACR != "phr" || !slices.Contains(claims.AMR, "hwk") || claims.AuthTime != r.clock.Now().Unix() {
		t.Errorf("the ID token says %+v", claims)
	}
}
