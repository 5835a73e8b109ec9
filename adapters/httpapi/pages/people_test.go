package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/httpapi/pages"
	"writ/application/administer"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

// fill is what pressing a button of a page sends after somebody typed.
func (b *browser) fill(page *httptest.ResponseRecorder, button string, typed ...string) url.Values {
	b.w.t.Helper()
	form := b.form(page, button)
	for i := 0; i < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return form
}

const better = "several words are good"

func TestSigningUp(t *testing.T) {
	req.Covers(t, "R-084", "R-085")
	w := newWorld(t)
	w.person("alice")
	b := w.browser()
	page := b.get("/sign-up?return_url=/device")

	for typed, want := range map[[2]string]string{
		{"a b", better}:            "1 to 30",
		{"bob", "short"}:           "at least 8",
		{"bob", "password1"}:       "Many people",
		{"bob-the-b", "bob-the-b"}: "your own name",
	} {
		got := b.post("/sign-up", b.fill(page, "signup-submit", "handle", typed[0], "password", typed[1], "email", "bob@example.org"))
		if said := text(b.find(got, "form-error")); got.Code != http.StatusBadRequest || !strings.Contains(said, want) {
			t.Errorf("%q: got %d, %q", typed, got.Code, said)
		}
	}
	asked := b.post("/sign-up", b.fill(page, "signup-submit", "handle", "alice", "name", "Bob", "password", better, "email", "bob@example.org"))
	wrong := b.post("/sign-up/code", b.fill(asked, "code-submit", "code", "000000"))
	if said := text(b.find(wrong, "form-error")); !strings.Contains(said, "wrong or no longer") {
		t.Errorf("a wrong code: %q", said)
	}
	taken := b.post("/sign-up/code", b.fill(wrong, "code-submit", "code", w.code(t, "bob@example.org")))
	if said := text(b.find(taken, "form-error")); !strings.Contains(said, "is taken") {
		t.Errorf("a handle that is taken: %q", said)
	}
	in := b.post("/sign-up/code", b.fill(taken, "code-submit", "code", w.code(t, "bob@example.org"), "handle", "bob"))
	if in.Code != http.StatusSeeOther || in.Header().Get("Location") != "/device" {
		t.Fatalf("got %d to %q:\n%s", in.Code, in.Header().Get("Location"), in.Body)
	}
	if got := text(b.find(b.get("/"), "account")); got != "bob" {
		t.Errorf("signed in as %q", got)
	}
}

func TestNothingTellsWhoseAnAddressIs(t *testing.T) {
	req.Covers(t, "R-092")
	w := newWorld(t)
	w.browser().join("alice")
	for _, path := range []string{"/sign-up", "/login/email", "/reset"} {
		button := map[string]string{"/sign-up": "signup-submit", "/login/email": "email-submit", "/reset": "reset-submit"}[path]
		shown := map[string]string{}
		for _, address := range []string{"alice@example.org", "nobody@example.org"} {
			b := w.browser()
			got := b.post(path, b.fill(b.get(path), button, "handle", "somebody", "password", better, "email", address))
			form := b.form(got, "code-submit")
			shown[address] = strings.NewReplacer(form.Get("id"), "ID", form.Get("csrf"), "CSRF").Replace(got.Body.String())
		}
		if diff := cmp.Diff(shown["alice@example.org"], shown["nobody@example.org"]); diff != "" {
			t.Errorf("%s tells them apart (-known +unknown):\n%s", path, diff)
		}
	}
}

// join signs up, with an address.
func (b *browser) join(handle string) *browser {
	b.w.t.Helper()
	address := handle + "@example.org"
	asked := b.post("/sign-up", b.fill(b.get("/sign-up"), "signup-submit", "handle", handle, "password", better, "email", address))
	in := b.post("/sign-up/code", b.fill(asked, "code-submit", "code", b.w.code(b.w.t, address)))
	if in.Code != http.StatusSeeOther {
		b.w.t.Fatalf("join as %s: %d\n%s", handle, in.Code, in.Body)
	}
	return b
}

func TestLinksNeedAPress(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	w.browser().join("alice")
	sender := w.browser()
	for start, how := range map[string]struct{ button, action, after string }{
		"/login/email": {"email-submit", "/login/email/code", "/"},
		"/reset":       {"reset-submit", "/reset/code", "/"},
	} {
		sender.post(start, sender.fill(sender.get(start), how.button, "email", "alice@example.org"))
		b, before, link := w.browser(), w.head(), w.link(t, "alice@example.org")
		page := b.get(link)
		if w.head() != before || b.cookies["__Host-writ_session"] != "" {
			t.Errorf("%s: opening the link did something", start)
		}
		in := b.post(how.action, b.fill(page, "code-submit", "password", better+"!"))
		if in.Code != http.StatusSeeOther || in.Header().Get("Location") != how.after || text(b.find(b.get("/"), "account")) != "alice" {
			t.Errorf("%s: got %d to %q", start, in.Code, in.Header().Get("Location"))
		}
		again := w.browser()
		spent := again.post(how.action, again.fill(again.get(link), "code-submit", "password", better+"?"))
		if spent.Code != http.StatusBadRequest {
			t.Errorf("%s: the link works twice: %d", start, spent.Code)
		}
	}
}

func TestMessagesAreInTheLanguageOfThePage(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.post("/login/email", b.fill(b.get("/login/email?ui_locales=de"), "email-submit", "email", "x@example.org"))
	if letter := w.letters.sent["x@example.org"]; !strings.HasPrefix(letter, "de\n") {
		t.Errorf("the letter is %.40q", letter)
	}
}

func TestSigningInByText(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	asked := b.post("/login/phone", b.fill(b.get("/login/phone?return_url=/device"), "phone-submit", "handle", "mary", "phone", "+49 1512 3456789"))
	in := b.post("/login/phone/code", b.fill(asked, "code-submit", "code", w.code(t, "+4915123456789")))
	if in.Code != http.StatusSeeOther || in.Header().Get("Location") != "/device" {
		t.Errorf("got %d to %q:\n%s", in.Code, in.Header().Get("Location"), in.Body)
	}
	bad := b.post("/login/phone", b.fill(w.browser().get("/login/phone"), "phone-submit", "handle", "mary", "phone", "12"))
	if bad.Code != http.StatusForbidden {
		t.Errorf("the form of another browser: got %d, want 403", bad.Code)
	}
}

func TestWhatIsNotSetUpHasNoPage(t *testing.T) {
	w := newWorld(t, func(cfg *pages.Config) { cfg.Passkeys, cfg.Brand.Name = false, mutedName })
	b := w.browser()
	for _, path := range []string{"/login/email", "/login/link?token=x", "/login/phone", "/reset"} {
		if got := b.get(path); got.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got.Code)
		}
	}
	page := b.get("/login")
	for _, id := range []string{"login-email", "login-phone", "login-reset", "login-passkey"} {
		if element(t, page, id) != nil {
			t.Errorf("the page offers %s", id)
		}
	}
	form := b.fill(b.get("/sign-up"), "signup-submit", "handle", "bob", "password", better)
	if in := b.post("/sign-up", form); form.Has("email") || in.Code != http.StatusSeeOther {
		t.Errorf("without letters nobody can sign up: %d\n%s", in.Code, in.Body)
	}
}

func TestSensitiveChangesTakeAFreshSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	a, err := w.accounts.Create(t.Context(), administer.NewAccount{Profile: account.Profile{Handle: "alice"}})
	if err != nil {
		t.Fatal(err)
	}
	b.account = oauth.AccountID(a.Account)
	b.signInAt(w.clock.Now().Add(-time.Hour))
	for path, do := range map[string]func() *httptest.ResponseRecorder{
		"/account/data": func() *httptest.ResponseRecorder {
			return b.post("/account/data/erase", b.form(b.get("/account/data"), "data-erase"))
		},
		"/account/addresses": func() *httptest.ResponseRecorder {
			return b.post("/account/addresses", b.fill(b.get("/account/addresses"), "add-email-submit", "address", "a@example.org"))
		},
	} {
		before := w.head()
		got := do()
		want := "/login?return_url=" + url.QueryEscape(path) + "&prompt=login"
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != want || w.head() != before {
			t.Errorf("%s: got %d to %q", path, got.Code, got.Header().Get("Location"))
		}
	}
	if got := b.get("/account/data/export"); got.Header().Get("Location") != "/login?return_url=%2Faccount%2Fdata&prompt=login" {
		t.Errorf("the export leads to %q", got.Header().Get("Location"))
	}
	if page := b.get("/login?prompt=login"); attr(b.find(page, "login-handle"), "value") != "alice" || element(t, page, "login-continue") != nil {
		t.Errorf("signing in again:\n%s", page.Body)
	}
}

// signInAt gives the browser a session that began at a moment.
func (b *browser) signInAt(at time.Time) {
	w := b.w
	w.t.Helper()
	token := w.vault.TokenKeys().Mint(oauth.SessionToken, w.entropy.ID(), 0, [32]byte{3})
	a, s := account.Named(b.account), session.Unstarted(token.ID())
	err := w.ledger.Decide(w.t.Context(), func() error {
		s.Start(session.Started{Account: b.account, Token: token.Digest(), AMR: []string{"pwd"}, Until: at.Add(session.Lifetime)}, at)
		return nil
	}, a, s)
	if err != nil {
		w.t.Fatalf("begin a session: %v", err)
	}
	b.cookies["__Host-writ_session"] = token.Reveal()
}

func TestChoosingAnAccount(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	page := b.get("/login?prompt=select_account&return_url=" + url.QueryEscape("/api/oauth/authorize?request_id=x"))
	if got := attr(b.find(page, "login-continue"), "href"); got != "/api/oauth/authorize?request_id=x&account="+string(b.account) {
		t.Errorf("going on leads to %q", got)
	}
	if got := attr(b.find(w.browser().get("/login?login_hint=bob%00%E2%80%AE"), "login-handle"), "value"); got != "bob" {
		t.Errorf("the hint reads %q", got)
	}
}

// TestEveryFormNeedsItsToken posts to every page as somebody who is signed in, without the token.
func TestEveryFormNeedsItsToken(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	b, mallory := w.signedIn("alice"), w.signedIn("mallory")
	stolen := mallory.form(mallory.get("/account/profile"), "profile-submit")
	before := w.head()
	posts := 0
	for _, route := range w.router.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		posts++
		for _, form := range []url.Values{{}, stolen, {"csrf": {"!"}, "kind": {"email"}, "target": {"x"}}} {
			if got := b.post(route.Path, form); got.Code != http.StatusForbidden {
				t.Errorf("%s: got %d, want 403", route.Path, got.Code)
			}
		}
	}
	if posts < 25 || w.head() != before {
		t.Errorf("%d forms, something was written: %t", posts, w.head() != before)
	}
}
