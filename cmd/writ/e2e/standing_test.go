package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// posts sends a form to an endpoint of the protocol, as a client: with Basic when it has a secret.
func (w *world) posts(a application, path string, form url.Values) answer {
	w.t.Helper()
	if a.Secret == "" {
		form.Set("client_id", a.ClientID)
	}
	request := ask(w.t, http.MethodPost, w.URL+path, form)
	if a.Secret != "" {
		request.SetBasicAuth(url.QueryEscape(a.ClientID), url.QueryEscape(a.Secret))
	}
	return do(w.t, http.DefaultClient, request)
}

// introspects asks as a client what a token is worth.
func (w *world) introspects(a application, token string) map[string]any {
	w.t.Helper()
	got := w.posts(a, "/api/oauth/introspect", url.Values{"token": {token}})
	if got.status != http.StatusOK {
		w.t.Fatalf("introspection answers %d: %s", got.status, got.body)
	}
	return got.json(w.t)
}

// isActive fails the test unless a token is worth something, or nothing, to its own client.
func (w *world) isActive(a application, token, which string, want bool) {
	w.t.Helper()
	got := w.introspects(a, token)
	if got["active"] != want || (!want && len(got) != 1) {
		w.t.Errorf("introspection of the %s says %v, want active %t", which, got, want)
	}
}

func TestSuspendedAccountIsServedNothingUntilItIsReinstated(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-094", "R-116", "R-156")
		ada, notes := w.hire("ada"), w.native()
		robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--owner", ada.Handle)
		token := w.allow(ada, notes, wide)
		w.Ask(nil, "account", "suspend", ada.Handle)
		_, err := w.refresh(notes, token)
		refusedWith(t, err, "invalid_grant")
		got := w.asksUserInfo(token.AccessToken)
		if challenge := got.header.Get("WWW-Authenticate"); got.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) {
			t.Errorf("userinfo answers %d with challenge %q", got.status, challenge)
		}
		w.isActive(notes, token.AccessToken, "access token of a suspended account", false)
		machine := w.posts(robot, "/api/oauth/token", url.Values{"grant_type": {"client_credentials"}})
		if machine.status != http.StatusBadRequest || machine.code(t) != "unauthorized_client" {
			t.Errorf("a client of a suspended account is answered %d: %s", machine.status, machine.body)
		}
		in := w.frontend().call(http.MethodPost, "/api/auth/password/signin", map[string]string{"identifier": ada.Handle, "token": ada.password})
		if in.status == http.StatusOK {
			t.Error("a suspended account can sign in")
		}
		w.Ask(nil, "account", "reinstate", ada.Handle)
		if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusOK {
			t.Errorf("after the account is reinstated userinfo answers %d: %s", got.status, got.body)
		}
		w.mustRefresh(notes, token)
	})
}

func TestRevokedRefreshTokenEndsTheGrant(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-164", "R-166", "R-169")
	w := serve(t, harness.Options{})
	ada, notes, other := w.hire("ada"), w.native(), w.tv()
	token := w.allow(ada, notes, wide)
	for _, stranger := range []string{token.RefreshToken, token.AccessToken, "nonsense"} {
		if got := w.posts(other, "/api/oauth/revoke", url.Values{"token": {stranger}}); got.status >= http.StatusInternalServerError {
			t.Errorf("revocation by another client answers %d: %s", got.status, got.body)
		}
	}
	token = w.mustRefresh(notes, token)
	for range 2 {
		got := w.posts(notes, "/api/oauth/revoke", url.Values{"token": {token.RefreshToken}, "token_type_hint": {"access_token"}})
		if got.status != http.StatusOK {
			t.Errorf("revocation answers %d: %s", got.status, got.body)
		}
	}
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	w.isActive(notes, token.RefreshToken, "revoked refresh token", false)
	w.stillVerifies(token, scopeOf(token))
}

func TestRevokedAccessTokenLeavesTheGrant(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-141")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	if got := w.posts(notes, "/api/oauth/revoke", url.Values{"token": {token.AccessToken}}); got.status != http.StatusOK {
		t.Errorf("revocation answers %d: %s", got.status, got.body)
	}
	if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo answers %d to a revoked access token", got.status)
	}
	w.isActive(notes, token.AccessToken, "revoked access token", false)
	w.isActive(notes, w.mustRefresh(notes, token).AccessToken, "next access token", true)
}

func TestIntrospectionShowsATokenToItsClientAndToItsAudience(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-157", "R-158", "R-160", "R-161")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	api := w.register("API", "confidential", "client_credentials", "--audience", w.URL)
	other := w.register("Other", "confidential", "client_credentials", "--audience", "https://other.example.org")
	token := w.allow(ada, notes, wide)
	for _, who := range []application{notes, api} {
		got := w.introspects(who, token.AccessToken)
		if got["active"] != true || got["sub"] != ada.ID || got["client_id"] != notes.ClientID || got["scope"] != wide || got["aud"] != w.URL {
			t.Errorf("%s is told %v", who.ClientID, got)
		}
	}
	w.isActive(notes, token.RefreshToken, "refresh token", true)
	w.isActive(api, token.RefreshToken, "refresh token of another client", false)
	w.isActive(other, token.AccessToken, "access token for another audience", false)
	w.isActive(api, "nonsense", "nonsense", false)
	if got := w.posts(application{ClientID: api.ClientID, Secret: "wrong"}, "/api/oauth/introspect", url.Values{"token": {token.AccessToken}}); got.status != http.StatusUnauthorized {
		t.Errorf("who does not authenticate is answered %d", got.status)
	}
}

func TestPersonTakesBackWhatTheyAllowed(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, bob, notes := w.hire("ada"), w.hire("bob"), w.native()
	token := w.allow(ada, notes, wide)
	kept := w.allow(ada, w.otherNative(), "openid offline_access")
	row := w.listed(ada, notes)
	stranger := w.frontend().signIn(bob).call(http.MethodDelete, "/api/auth/oauth/tokens/"+row, nil)
	if stranger.status < http.StatusBadRequest || stranger.status >= http.StatusInternalServerError {
		t.Errorf("somebody else who deletes the grant is answered %d", stranger.status)
	}
	token = w.mustRefresh(notes, token)
	w.frontend().signIn(ada).must(http.StatusNoContent, http.MethodDelete, "/api/auth/oauth/tokens/"+row, nil)
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	if w.listed(ada, notes) != "" {
		t.Error("a grant that was taken back is still listed")
	}
	if got := w.asksUserInfo(kept.AccessToken); got.status != http.StatusOK {
		t.Errorf("the token of another grant is answered %d", got.status)
	}
}

// otherNative registers a second client of that kind.
func (w *world) otherNative() application {
	w.t.Helper()
	return w.register("Other notes", "public", "authorization_code refresh_token", "--redirect-uri", callback, "--scope", allScope)
}

// listed is the id under which a person sees a client's grant, or empty.
func (w *world) listed(p person, a application) string {
	w.t.Helper()
	got := w.frontend().signIn(p).must(http.StatusOK, http.MethodGet, "/api/auth/oauth/tokens", nil).json(w.t)
	rows, _ := got["tokens"].([]any)
	at := slices.IndexFunc(rows, func(row any) bool { return row.(map[string]any)["client_id"] == a.ClientID })
	if at < 0 {
		return ""
	}
	id, _ := rows[at].(map[string]any)["id"].(string)
	return id
}
