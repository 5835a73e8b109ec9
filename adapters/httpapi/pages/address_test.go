package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"writ/adapters/httpapi/pages"
)

func TestPagesUnderAPathLeadToOneAnother(t *testing.T) {
	w := newWorld(t, func(cfg *pages.Config) { cfg.Issuer, _ = url.Parse("https://id.example.org/auth/api") })
	b := w.signedIn("alice")
	w.grant(b.account, w.client(webClient("https://photos.example.net/back")))

	links := 0
	for _, path := range []string{"/", "/login", "/device", "/account/applications", "/no/such"} {
		root, err := html.Parse(b.get(path).Body)
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			for _, address := range []string{attr(n, "href"), attr(n, "action")} {
				if address != "" && address != "#content" && !strings.HasPrefix(address, "/auth/") {
					t.Errorf("%s leads to %s", path, address)
				}
				links += len(address)
			}
		}
	}
	if links == 0 {
		t.Error("no page leads anywhere")
	}
	if got := w.browser().get("/device").Header().Get("Location"); got != "/auth/login?return_url=%2Fauth%2Fdevice" {
		t.Errorf("a guest is sent to %q", got)
	}
	if got := w.browser().signIn("alice", password, "").Header().Get("Location"); got != "/auth/" {
		t.Errorf("signing in leads to %q", got)
	}
}

func TestPeopleCanSignInElsewhere(t *testing.T) {
	w := newWorld(t, func(cfg *pages.Config) { cfg.LoginURL, _ = url.Parse("https://www.example.org/enter?lang=pl") })

	got := w.browser().get("/device?user_code=WDJB-MJHT")

	want := "https://www.example.org/enter?lang=pl&return_url=%2Fdevice%3Fuser_code%3DWDJB-MJHT"
	if got.Code != http.StatusFound || got.Header().Get("Location") != want {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	if csp := got.Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, "form-action 'self' https://www.example.org") {
		t.Errorf("a form cannot lead to the sign-in page: %s", csp)
	}
}
