package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

func TestWrongPasswordAndUnknownHandleLookAlike(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-092")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	ada.password = "a wrong one"
	nobody := person{Handle: "nobody", password: "a wrong one"}
	pages := map[string]string{}
	for _, p := range []person{ada, nobody} {
		b := w.browser().open(w.URL + "/login").signIn(p)
		if b.status != http.StatusUnauthorized {
			t.Errorf("%s is answered %d", p.Handle, b.status)
		}
		pages[p.Handle] = b.shows("login-error") + strings.ReplaceAll(b.text(), p.Handle, "")
	}
	if pages["ada"] != pages["nobody"] {
		t.Errorf("the pages differ:\n%s\n%s", pages["ada"], pages["nobody"])
	}
}

func TestPersonGoesThroughThePages(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-128", "R-224")
	w := serve(t, harness.Options{})
	ada, notes, tv := w.hire("ada"), w.native(), w.tv()
	token := w.allow(ada, notes, wide)
	b := w.browser().open(w.URL + "/account/applications").signIn(ada)
	b.press("revoke-"+w.listed(ada, notes), nil)
	if b.open(w.URL + "/account/applications"); find(b.page, "applications-none") == nil {
		t.Errorf("what was taken back is still on the page: %s", b.text())
	}
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")

	b.open(w.URL+"/device").press("device-continue", map[string]string{"device-code": "ABCD-EFGH"})
	if b.status != http.StatusBadRequest || b.shows("device-error") == "" {
		t.Errorf("a wrong code is answered %d", b.status)
	}
	config := w.config(tv, "openid READ_PROFILE")
	started, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.press("device-continue", map[string]string{"device-code": started.UserCode})
	if b.shows("device-client") != "Television" || b.shows("device-warning") == "" || b.shows("gives-granted") == "" {
		t.Errorf("the page to decide on says: %s", b.text())
	}
	b.press("device-deny", nil).mustFind("device-denied")
	_, err = config.DeviceAccessToken(t.Context(), started)
	refusedWith(t, err, "access_denied")

	kept := b.client.Jar.Cookies(b.at)
	b.press("logout-submit", nil).open(w.URL + "/account/applications").mustFind("login-submit")
	w.knowsNobodyBy(kept, notes)
}

// knowsNobodyBy fails the test unless cookies of a session that has ended are useless.
func (w *world) knowsNobodyBy(kept []*http.Cookie, a application) {
	w.t.Helper()
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	list := ask(w.t, http.MethodGet, w.URL+"/api/auth/oauth/tokens", nil)
	quiet := ask(w.t, http.MethodGet, w.config(a, "openid").AuthCodeURL("s", challenge, oauth2.SetAuthURLParam("prompt", "none")), nil)
	for _, cookie := range kept {
		list.AddCookie(cookie)
		quiet.AddCookie(cookie)
	}
	visitor := w.frontend()
	if got := do(w.t, visitor.client, list); got.status != http.StatusUnauthorized || len(kept) == 0 {
		w.t.Errorf("with %d cookies of a session that has ended the list answers %d", len(kept), got.status)
	}
	back := visitor.location(do(w.t, visitor.client, quiet).header.Get("Location")).Query()
	if back.Get("error") != "login_required" {
		w.t.Errorf("after logout prompt=none is answered %v", back)
	}
}

func TestPageOfAnotherSiteCannotDecide(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-085")
	w := serve(t, harness.Options{})
	ada, tv := w.hire("ada"), w.tv()
	started, err := w.config(tv, "openid").DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser().open(w.URL + "/device").signIn(ada)
	b.press("device-continue", map[string]string{"device-code": started.UserCode})
	form := valuesOf(b.mustFind("device-approve").Parent)
	form.Set("decision", "approve")
	forge := func(change func(*http.Request)) int {
		request := ask(t, http.MethodPost, w.URL+"/device", form)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		change(request)
		return do(t, b.client, request).status
	}
	if got := forge(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); got != http.StatusForbidden {
		t.Errorf("a form from another site is answered %d", got)
	}
	genuine := form.Get("csrf")
	form.Set("csrf", "forged")
	if got := forge(func(*http.Request) {}); got != http.StatusForbidden {
		t.Errorf("a form with a forged token is answered %d", got)
	}
	form.Set("csrf", genuine)
	if got := forge(func(*http.Request) {}); got != http.StatusOK {
		t.Errorf("the genuine form is answered %d", got)
	}
}
