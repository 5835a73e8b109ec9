package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"
)

// volatileWays is what differs from run to run in the answers about ways to sign in.
var volatileWays = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`"(state|challenge|rawId)": "[A-Za-z0-9_<> -]+"`), `"$1": "<$1>"`},
	{regexp.MustCompile(`sdpak_[A-Za-z0-9]{44}`), "sdpak_<secret>"},
	{regexp.MustCompile(`"id": "[A-Za-z0-9_-]{43}"`), `"id": "<passkey>"`},
	{regexp.MustCompile(`"id": "[A-Za-z0-9_-]{27}"`), `"id": "<user handle>"`},
	{regexp.MustCompile(`"id": "[A-Za-z0-9]{12}"`), `"id": "<key>"`},
	{regexp.MustCompile(`"id": "[A-Za-z0-9_-]{20}"`), `"id": "<identity>"`},
	{regexp.MustCompile(`state=[A-Za-z0-9_<>-]+`), "state=<state>"},
	{regexp.MustCompile(`_ticket_[a-z0-9<>]+=[A-Za-z0-9_<> -]*`), "_ticket_<xid>=<ticket>"},
}

// TestContractOfWaysIn keeps whole answers about passkeys, access keys and other providers.
func TestContractOfWaysIn(t *testing.T) {
	r := newRig(t)
	ada, id := r.keyholder("ada")
	keep := func(name string, w *httptest.ResponseRecorder) {
		t.Helper()
		text := record(w)
		for _, v := range volatileWays {
			text = v.pattern.ReplaceAllString(text, v.instead)
		}
		golden(t, "contract/"+name+".http", text)
	}
	json := func(method, path, body string) *http.Request { return jsonRequest(t, method, path, body) }

	d := newAuthenticator(t, string(id))
	begun := ada.do(json(http.MethodPost, "/api/auth/passkeys", ""))
	keep("passkey-1-begun", begun)
	made := ada.do(json(http.MethodPut, "/api/auth/passkeys", d.create(begun, "Laptop")))
	keep("passkey-2-registered", made)
	keep("passkey-3-listed", ada.do(get(t, "/api/auth/passkeys")))
	asked := r.do(json(http.MethodPost, "/api/auth/passkey", ""))
	keep("passkey-4-asked", asked)
	answer := d.sign(asked)
	keep("passkey-5-signed-in", r.do(json(http.MethodPut, "/api/auth/passkey", answer)))
	keep("passkey-6-refused-again", r.do(json(http.MethodPut, "/api/auth/passkey", answer)))
	keep("passkey-7-removed", ada.do(request(t, http.MethodDelete, "/api/auth/passkeys/"+field(t, made, "id"))))

	keep("access-key-1-made", ada.do(json(http.MethodPost, "/api/auth/access-keys", `{"name":"deploy","expires_at":"2027-01-01T00:00:00Z"}`)))
	keep("access-key-2-listed", ada.do(get(t, "/api/auth/access-keys")))
	keep("access-key-3-refused", r.by("sdpak_unknown", get(t, "/api/oauth/authorize/consent?request_id=x")))
	keep("access-key-4-not-here", r.by("sdpak_unknown", get(t, "/api/oauth/device/consent?user_code=x")))

	keep("provider-1-listed", r.do(get(t, "/api/auth/upstream")))
	gone := r.do(json(http.MethodPost, "/api/auth/upstream/other", `{"return_url":"/account"}`))
	keep("provider-2-gone", gone)
	back := r.journey(t, gone).back(t, "odin")
	in := r.do(back)
	keep("provider-3-signed-in", in)
	keep("provider-4-identities", browser{r, sessionOf(t, in)}.do(get(t, "/api/auth/identities")))
	keep("provider-5-address-in-use", r.do(header(r.depart(t, "").back(t, "ada"), "Accept", "application/json")))
	keep("provider-by-form", r.do(post(t, "/api/auth/upstream/other", "")))
	keep("sign-in-again", func() *httptest.ResponseRecorder {
		r.clock.pass(16 * time.Minute)
		return ada.do(json(http.MethodPost, "/api/auth/passkeys", ""))
	}())
}
