package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi"
	"writ/adapters/passwordlist"
	"writ/application/maintain"
	"writ/application/revoke"
	"writ/application/signin"
	signed "writ/domain/session"
	"writ/ports/portstest/req"
)

// account wires what people do with their own account.
func (u useCases) account(at signin.Attempts) httpapi.AccountUseCases {
	c := u.rig.clock
	sessions := maintain.NewSessions(u.ledger, u.shelf, u.store, c)
	return httpapi.AccountUseCases{
		Profile: maintain.NewProfile(u.ledger, c), Erasure: maintain.NewErasure(u.ledger, c), Sessions: sessions,
		Export: maintain.NewExport(u.ledger, u.shelf, eventsourcing.NewChronicle(u.rows, u.ledger), sessions,
			u.passkeys(at).Own, maintain.NewKeys(u.ledger, u.shelf, u.store, c, u.entropy)),
		Password: signin.NewPasswordChange(u.ledger, cheapHashes(), passwordlist.New(), at, u.keys, c, u.entropy).TellBy(u.prover(at)),
		Revoke:   revoke.NewAll(u.ledger, u.shelf, c),
	}
}

func (b browser) patch(path, body string) *httptest.ResponseRecorder {
	b.r.t.Helper()
	return b.do(jsonRequest(b.r.t, http.MethodPatch, path, body))
}

func (b browser) del(path string) *httptest.ResponseRecorder {
	b.r.t.Helper()
	return b.do(request(b.r.t, http.MethodDelete, path))
}

// signedOut reports whether the browser's session is over.
func (b browser) signedOut() bool {
	b.r.t.Helper()
	return b.do(get(b.r.t, "/api/auth/account")).Code == http.StatusUnauthorized
}

func TestOnesOwnAccount(t *testing.T) {
	req.Covers(t, "R-154", "R-152")
	r := newRig(t)
	id := r.person("ada")
	withAddress := webSettings()
	withAddress.Allowed += " address"
	web, ada := r.client(withAddress, "web"), r.browser("ada")
	own := decode(t, ada.do(get(t, "/api/auth/account")))
	if own["id"] != id || own["handle"] != "ada" || own["email_verified"] != true || own["has_password"] != true || own["phone_number"] != nil {
		t.Errorf("the account is shown as %v", own)
	}
	changed := decode(t, ada.patch("/api/auth/account", `{"name":"Augusta","given_name":"Ada","website":"https://ada.example","birthdate":"1815-12-10",
		"address":{"locality":"London","street_address":"St James's Square\n12","country":"UK"}}`))
	if changed["name"] != "Augusta" || changed["given_name"] != "Ada" || changed["email"] != "ada@example.org" {
		t.Errorf("changed to %v", changed)
	}
	changed = decode(t, ada.patch("/api/auth/account", `{"birthdate":null,"locale":"en-GB"}`))
	if changed["birthdate"] != nil || changed["name"] != "Augusta" || changed["locale"] != "en-GB" {
		t.Errorf("changed to %v", changed)
	}
	access := ada.grant(web, "openid profile email address")["access_token"].(string)
	told := decode(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access)))
	delete(told, "updated_at")
	want := map[string]any{
		"sub": id, "name": "Augusta", "given_name": "Ada", "preferred_username": "ada", "website": "https://ada.example", "locale": "en-GB",
		"email": "ada@example.org", "email_verified": true,
		"address": map[string]any{"locality": "London", "street_address": "St James's Square\n12", "country": "UK"},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	access = ada.grant(web, "openid email")["access_token"].(string)
	told = decode(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+access)))
	if told["address"] != nil || told["given_name"] != nil {
		t.Errorf("without their scopes userinfo tells %v", told)
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	req.Covers(t, "R-087")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	ada := r.browser("ada")
	for name, tc := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"a name of 10 kB":            {`{"name":"` + strings.Repeat("a", 10_000) + `"}`, 400, "invalid_name"},
		"a name with a zero width":   {`{"name":"A\u200bda"}`, 400, "invalid_name"},
		"a name that turns around":   {`{"name":"A\u202eda"}`, 400, "invalid_name"},
		"a name with a control":      {`{"name":"A\u0000da"}`, 400, "invalid_request"},
		"a handle that is taken":     {`{"handle":"EVE"}`, 409, "handle_taken"},
		"a look-alike":               {`{"handle":"\u0430da"}`, 400, "invalid_handle"},
		"a handle with a zero width": {`{"handle":"ad\u200ba"}`, 400, "invalid_handle"},
		"no handle":                  {`{"handle":null}`, 400, "invalid_handle"},
		"a link to a script":         {`{"picture":"javascript:alert(1)"}`, 400, "invalid_link"},
		"a birthday that is none":    {`{"birthdate":"10.12.1815"}`, 400, "invalid_birthdate"},
		"a long detail":              {`{"nickname":"` + strings.Repeat("a", 201) + `"}`, 400, "invalid_detail"},
		"a long address":             {`{"address":{"formatted":"` + strings.Repeat("a", 501) + `"}}`, 400, "invalid_address"},
		"half a character":           {`{"address":{"country":"\ud800"}}`, 400, "invalid_request"},
		"a number for a name":        {`{"name":1}`, 400, "invalid_request"},
		"no JSON":                    {`name=ada`, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) { wants(t, ada.patch("/api/auth/account", tc.body), tc.status, tc.code) })
	}
	answers(t, ada.patch("/api/auth/account", `{"handle":"countess"}`), http.StatusOK)
	r.clock.pass(signed.FreshFor + time.Second)
	wants(t, ada.patch("/api/auth/account", `{"handle":"ada2"}`), http.StatusForbidden, "sign_in_again")
	answers(t, ada.patch("/api/auth/account", `{"name":"Ada"}`), http.StatusOK)
	wants(t, ada.do(header(jsonRequest(t, http.MethodPatch, "/api/auth/account", `{}`), "Origin", "https://evil.test")), http.StatusForbidden, "cross_origin")
	wants(t, r.do(jsonRequest(t, http.MethodPatch, "/api/auth/account", `{}`)), http.StatusUnauthorized, "unauthenticated")
}

func TestWhereOneIsSignedIn(t *testing.T) {
	req.Covers(t, "R-084")
	r := newRig(t)
	r.person("ada") // signs in once
	r.person("eve")
	phone := r.browser("ada")
	r.clock.pass(time.Minute)
	desk, eve := r.browser("ada"), r.browser("eve")
	list := func(b browser) []map[string]any {
		var body struct{ Sessions []map[string]any }
		must(t, json.Unmarshal(b.do(get(t, "/api/auth/sessions")).Body.Bytes(), &body))
		return body.Sessions
	}
	all := list(desk)
	if len(all) != 3 || all[0]["current"] != true || all[1]["current"] != false || all[0]["address"] != "192.0.2.1" {
		t.Fatalf("ada is signed in at %v", all)
	}
	second := "/api/auth/sessions/" + all[1]["id"].(string)
	wants(t, eve.del(second), http.StatusNotFound, "not_found")
	wants(t, desk.del("/api/auth/sessions/nothing"), http.StatusNotFound, "not_found")
	wants(t, desk.del("/api/auth/sessions/%00"), http.StatusNotFound, "not_found")
	if phone.signedOut() {
		t.Error("a stranger ended the session")
	}
	for range 2 {
		answers(t, desk.del(second), http.StatusNoContent)
	}
	if !phone.signedOut() || desk.signedOut() || len(list(desk)) != 2 {
		t.Errorf("after ending one: %v", list(desk))
	}
	w := desk.del("/api/auth/sessions/" + all[0]["id"].(string))
	if left := w.Result().Cookies(); w.Code != http.StatusNoContent || len(left) == 0 || left[0].MaxAge >= 0 || !desk.signedOut() {
		t.Errorf("ending one's own session: %d %v", w.Code, w.Header())
	}
}

func TestANewSessionEndsTheOneBefore(t *testing.T) {
	req.Covers(t, "R-084")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	before := r.browser("ada")
	for _, handle := range []string{"ada", "eve"} {
		again := before.do(jsonRequest(t, http.MethodPost, "/api/auth/password/signin", `{"identifier":"`+handle+`","token":"`+password+`"}`))
		if !before.signedOut() {
			t.Error("the session of before is left behind")
		}
		before.cookie = again.Result().Cookies()[0]
		if before.signedOut() {
			t.Errorf("%s is signed out", handle)
		}
	}
	wants(t, before.do(jsonRequest(t, http.MethodPost, "/api/auth/password/signin", `{"identifier":"ada","token":"wrong"}`)), http.StatusUnauthorized, "invalid_credentials")
	if before.signedOut() {
		t.Error("a wrong password ended the session")
	}
}

func TestEndingAllSessions(t *testing.T) {
	req.Covers(t, "R-084")
	r := newRig(t)
	r.person("ada")
	one, two, three := r.browser("ada"), r.browser("ada"), r.browser("ada")
	r.clock.pass(time.Second)
	answers(t, two.del("/api/auth/sessions?others=true"), http.StatusNoContent)
	if !one.signedOut() || two.signedOut() || !three.signedOut() {
		t.Error("ending the others did not end the others")
	}
	other := r.browser("ada")
	r.clock.pass(time.Second)
	answers(t, two.del("/api/auth/sessions"), http.StatusNoContent)
	if !two.signedOut() || !other.signedOut() || r.browser("ada").signedOut() {
		t.Error("ending all did not end all")
	}
}

const newPassword = "another horse altogether"

func change(old, next string, more ...string) string {
	return `{"old":"` + old + `","new":"` + next + `"` + strings.Join(more, "") + `}`
}

// TestB21ANewPasswordEndsWhatTheOldOneBegan: sessions in any case, applications when the person says so.
func TestB21ANewPasswordEndsWhatTheOldOneBegan(t *testing.T) {
	req.Covers(t, "R-084", "R-116")
	r := newRig(t)
	r.person("ada")
	web, ada, thief := r.client(webSettings(), "web"), r.browser("ada"), r.browser("ada")
	refresh := form("grant_type", "refresh_token", "refresh_token", thief.grant(web, "openid offline_access")["refresh_token"].(string))
	r.clock.pass(time.Hour)
	w := ada.patch("/api/auth/password", change(password, newPassword))
	answers(t, w, http.StatusOK)
	if !ada.signedOut() || !thief.signedOut() {
		t.Error("a session outlived its password")
	}
	if letter := r.box.last(t, "ada@example.org"); !strings.Contains(letter, "password") {
		t.Errorf("the owner is told %q", letter)
	}
	ada.cookie = w.Result().Cookies()[0]
	if ada.signedOut() {
		t.Error("whoever changed the password is signed out")
	}
	wants(t, r.signIn("ada", password), http.StatusUnauthorized, "invalid_credentials")
	answers(t, r.signIn("ada", newPassword), http.StatusOK)
	refresh.Set("refresh_token", r.tokens(web, refresh)["refresh_token"].(string))
	r.clock.pass(time.Second)
	w = ada.patch("/api/auth/password", change(newPassword, password, `,"revoke_applications":true`))
	answers(t, w, http.StatusOK)
	wants(t, r.do(web.as(t, "/api/oauth/token", refresh)), http.StatusBadRequest, "invalid_grant")
	ada.cookie = w.Result().Cookies()[0]
	if got := decode(t, ada.do(get(t, "/api/auth/oauth/tokens")))["tokens"].([]any); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestPasswordsThatAreNotChanged(t *testing.T) {
	req.Covers(t, "R-092")
	r := newRig(t)
	r.person("ada")
	ada := r.browser("ada")
	for name, tc := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"a short one":      {change(password, "short"), 400, "password_too_short"},
		"a common one":     {change(password, "password123"), 400, "password_common"},
		"one's own name":   {change(password, "Ada Lovelace"), 400, "password_own"},
		"without the old":  {`{"new":"` + newPassword + `"}`, 403, "wrong_password"},
		"with a wrong one": {change("wrong", newPassword), 403, "wrong_password"},
		"without a new":    {`{"old":"` + password + `"}`, 400, "password_too_short"},
	} {
		t.Run(name, func(t *testing.T) { wants(t, ada.patch("/api/auth/password", tc.body), tc.status, tc.code) })
	}
	for range 5 {
		ada.patch("/api/auth/password", change("wrong", newPassword))
	}
	wants(t, ada.patch("/api/auth/password", change(password, newPassword)), http.StatusTooManyRequests, "too_many_requests")
	if ada.signedOut() {
		t.Error("ada is signed out")
	}
}

func TestTakingEverythingBack(t *testing.T) {
	req.Covers(t, "R-116")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	web, ada, eve := r.client(webSettings(), "web"), r.browser("ada"), r.browser("eve")
	hers := eve.grant(web, "openid offline_access")["refresh_token"].(string)
	for range 3 {
		ada.grant(web, "openid offline_access")
	}
	for range 2 {
		answers(t, ada.del("/api/auth/oauth/tokens"), http.StatusNoContent)
	}
	if got := decode(t, ada.do(get(t, "/api/auth/oauth/tokens")))["tokens"].([]any); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	r.tokens(web, form("grant_type", "refresh_token", "refresh_token", hers))
}

func TestTakingOnesDataAlong(t *testing.T) {
	req.Covers(t, "R-258")
	r := newRig(t)
	id := r.person("ada")
	r.person("eve")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	r.browser("eve").grant(web, "openid")
	tokens := ada.grant(web, "openid offline_access")
	answers(t, ada.patch("/api/auth/account", `{"nickname":"Countess"}`), http.StatusOK)
	w := ada.do(get(t, "/api/auth/account/export"))
	answers(t, w, http.StatusOK)
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("it would be shown: %q", got)
	}
	text := w.Body.String()
	for _, mine := range []string{id, "Ada Lovelace", "ada@example.org", "Countess", "192.0.2.1", `"name":"opened"`, `"name":"started"`, `"name":"approved"`, `"client_id":"web"`} {
		if !strings.Contains(text, mine) {
			t.Errorf("it lacks %s", mine)
		}
	}
	for _, secret := range []string{"argon2", "eve@example.org", ada.cookie.Value, tokens["refresh_token"].(string), `"digest"`, `"hash"`, `"token"`, `"refresh"`, `"salt"`} {
		if strings.Contains(text, secret) {
			t.Errorf("it holds %s", secret)
		}
	}
	r.clock.pass(signed.FreshFor + time.Second)
	wants(t, ada.do(get(t, "/api/auth/account/export")), http.StatusForbidden, "sign_in_again")
	wants(t, r.do(get(t, "/api/auth/account/export")), http.StatusUnauthorized, "unauthenticated")
}

func TestErasure(t *testing.T) {
	req.Covers(t, "R-094", "R-116")
	r := newRig(t)
	r.person("ada")
	web, ada, phone := r.client(webSettings(), "web"), r.browser("ada"), r.browser("ada")
	got := ada.grant(web, "openid offline_access")
	r.clock.pass(signed.FreshFor + time.Second)
	wants(t, ada.del("/api/auth/account"), http.StatusForbidden, "sign_in_again")
	ada = r.browser("ada")
	code := ada.code(web, "openid")
	w := ada.del("/api/auth/account")
	if left := w.Result().Cookies(); w.Code != http.StatusNoContent || len(left) == 0 || left[0].MaxAge >= 0 {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !ada.signedOut() || !phone.signedOut() {
		t.Error("a session outlived its account")
	}
	wants(t, r.signIn("ada", password), http.StatusUnauthorized, "invalid_credentials")
	wants(t, r.do(web.as(t, "/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string)))), http.StatusBadRequest, "invalid_grant")
	wants(t, r.do(web.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
	answers(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+got["access_token"].(string))), http.StatusUnauthorized)
	if id := r.person("ada"); id == "" {
		t.Error("the handle is not free")
	}
}
