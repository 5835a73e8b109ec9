package pages_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"writ/ports/portstest/req"
)

// everyPage shows each page once.
func everyPage(t *testing.T) map[string]*httptest.ResponseRecorder {
	t.Helper()
	w := newWorld(t)
	b := w.signedIn("alice")
	id := w.client(webClient("https://photos.example.net/back"))
	w.grant(b.account, id)
	code := w.deviceCode("openid")
	form := b.form(b.get("/device?user_code="+code), "device-continue")
	confirm := b.post("/device", form)
	return map[string]*httptest.ResponseRecorder{
		"home":           w.browser().get("/"),
		"home, known":    b.get("/"),
		"login":          w.browser().get("/login"),
		"login, wrong":   w.browser().signIn("alice", "wrong", ""),
		"login, known":   b.get("/login"),
		"consent":        b.get(consentPath(w.request(b, id, "openid"))),
		"device":         b.get("/device"),
		"device confirm": confirm,
		"device done":    b.post("/device", b.form(confirm, "device-deny")),
		"applications":   b.get("/account/applications"),
		"problem":        b.get(consentPath("none")),
		"refused":        b.post("/device", nil),
		"redirect":       w.browser().get("/device"),
		"e-mail":         w.browser().get("/login/email"),
		"phone":          w.browser().get("/login/phone"),
		"e-mail link":    w.browser().get("/login/link?token=x"),
		"sign-up":        w.browser().get("/sign-up"),
		"sign-up link":   w.browser().get("/sign-up/link?token=x"),
		"reset":          w.browser().get("/reset"),
		"reset link":     w.browser().get("/reset?token=x"),
		"addresses":      b.get("/account/addresses"),
		"security":       b.get("/account/security"),
		"keys":           b.get("/account/keys"),
		"profile":        b.get("/account/profile"),
		"sessions":       b.get("/account/sessions"),
		"data":           b.get("/account/data"),
	}
}

func TestEveryPageCarriesItsHeaders(t *testing.T) {
	req.Covers(t, "R-005", "R-007")
	for name, got := range everyPage(t) {
		for header, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-store", "Pragma": "no-cache", "Access-Control-Allow-Origin": "",
		} {
			if value := got.Header().Get(header); value != want {
				t.Errorf("%s: %s is %q, want %q", name, header, value, want)
			}
		}
		csp := "; " + got.Header().Get("Content-Security-Policy") + ";"
		for _, directive := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, "; "+directive+";") {
				t.Errorf("%s: the policy lacks %s: %s", name, directive, csp)
			}
		}
	}
}

func TestEveryPageCanBeUsedByEverybody(t *testing.T) {
	for name, got := range everyPage(t) {
		if got.Code == http.StatusFound {
			continue
		}
		root, err := html.Parse(strings.NewReader(got.Body.String()))
		if err != nil {
			t.Fatal(err)
		}
		for _, complaint := range complaints(root) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
}

// complaints is what makes a page hard to use, to test, or to trust.
func complaints(root *html.Node) []string {
	var all []string
	complain := func(why string, n *html.Node) { all = append(all, why+": <"+n.Data+" id="+attr(n, "id")+">") }
	ids, headings, labels := map[string]int{}, 0, map[string]bool{}
	for n := range root.Descendants() {
		ids[attr(n, "id")]++
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		id := attr(n, "id")
		if id != "" && ids[id] > 1 {
			complain("the id is not unique", n)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "://") && a.Key != "value" && n.Data != "svg" {
				complain("attribute "+a.Key, n)
			}
			if a.Key == "aria-describedby" || a.Key == "aria-labelledby" {
				for _, ref := range strings.Fields(a.Val) {
					if ids[ref] == 0 {
						complain("refers to no element", n)
					}
				}
			}
		}
		switch n.Data {
		case "h1":
			headings++
		case "html":
			if attr(n, "lang") == "" {
				complain("has no language", n)
			}
		case "iframe", "object", "style":
			complain("is not for our pages", n)
		case "script":
			if !strings.HasPrefix(attr(n, "src"), "/assets/passkeys-") || text(n) != "" {
				complain("is not ours", n)
			}
		case "button":
			if id == "" || attr(n, "type") == "" || text(n) == "" {
				complain("has no id, type or text", n)
			}
		case "input", "select":
			hidden := attr(n, "type") == "hidden" || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
			if !hidden && (id == "" || !labels[id]) {
				complain("has no id or label", n)
			}
		}
	}
	if headings != 1 {
		all = append(all, "the page has not one heading")
	}
	return all
}

func TestFormsLeadNowhereElse(t *testing.T) {
	req.Covers(t, "R-008")
	for name, got := range everyPage(t) {
		bound := strings.Contains(got.Header().Get("Content-Security-Policy"), "form-action 'self'")
		onTheWay := slices.Contains([]string{"login", "login, wrong", "login, known", "consent", "problem", "refused"}, name)
		onTheWay = onTheWay || element(t, got, "form-lead") != nil // on the way to a client, too
		if bound == onTheWay {
			t.Errorf("%s: form-action bounds the form: %t", name, bound)
		}
	}
}

func TestAssetsAreKeptForGood(t *testing.T) {
	w := newWorld(t)
	root, err := html.Parse(w.browser().get("/").Body)
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for n := range root.Descendants() {
		if n.Data != "link" {
			continue
		}
		links++
		got := w.browser().get(attr(n, "href"))
		if got.Code != http.StatusOK || got.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: got %d, %q", attr(n, "href"), got.Code, got.Header().Get("Cache-Control"))
		}
	}
	if links != 2 {
		t.Errorf("the page links %d assets, want 2", links)
	}
}
