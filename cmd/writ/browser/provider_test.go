package browser_test

import (
	"strings"
	"testing"
)

// TestSigningInAtAnotherProvider lets people of one server come to another one, which knows it as a
// provider.
func TestSigningInAtAnotherProvider(t *testing.T) {
	t.Parallel()
	first := serve(t)
	ada := first.hire("ada", "Ada Lovelace")
	var second struct {
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	first.Ask(&second, "client", "create", "--name", "Second", "--type", "confidential", "--grant", "authorization_code",
		"--scope", "openid profile email", "--redirect-uri", "http://localhost/api/auth/upstream/other/callback")
	w := serveWith(t, map[string]string{
		"WRIT_BRAND_NAME": "Second", "WRIT_UPSTREAMS": "other=" + first.URL + ";" + second.ClientID + ";" + second.Secret + ";Example",
	})

	b := browser(t).open(w.URL + "/login?return_url=/device").press("login-with-other").sees("login-handle")
	if got := b.text(".site"); got != "Example" {
		t.Fatalf("the button leads to %q, %s", got, b.address())
	}
	b.signIn(ada).press("consent-approve").at("/device")

	b.open(w.URL + "/account/security")
	if list := b.text("#providers"); !strings.Contains(list, "Example") || b.has("link-other") {
		t.Errorf("the list of providers reads %q", list)
	}
	linked := ask[string](b, "document.querySelector('#providers li').id.slice('identity-'.length)")
	b.unfold("ask-remove-" + linked).press("remove-" + linked).sees("account-done").sees("link-other") // letters reach her, too

	other := browser(t).open(w.URL + "/login").signIn(w.hire("eve", "Eve")).open(w.URL + "/account/security").sees("link-other")
	other.press("link-other").sees("login-handle").signIn(first.hire("eve", "Eve")).press("consent-approve").at("/account/security").sees("account-done")
	if other.has("link-other") {
		t.Error("what was linked can be linked again")
	}
}
