package browser_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

var (
	codeSent = regexp.MustCompile(`\b(\d{6})\b`)
	linkSent = regexp.MustCompile(`http://localhost:\d+/\S+?token=[A-Za-z0-9_-]+`)
)

// letter is the last message that was sent to an address.
func (w *world) letter(to string) string {
	w.t.Helper()
	last := ""
	for line := range strings.Lines(w.Log()) {
		if strings.Contains(line, `"to":"`+to+`"`) {
			last = line
		}
	}
	if last == "" {
		w.t.Fatalf("nothing was sent to %s", to)
	}
	return last[strings.Index(last, `"to"`):]
}

// code is the code that was sent to an address last.
func (w *world) code(to string) string {
	w.t.Helper()
	text := w.letter(to)
	return codeSent.FindString(text[strings.Index(text, `"text"`):])
}

func TestSigningUpAndForgettingThePassword(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).sized(phone).open(w.URL + "/login?return_url=/account/applications").press("login-signup")
	b.fill("signup-handle", "grace").fill("signup-email", "grace@example.org").fill("signup-password", "password1").press("signup-submit")
	if !strings.Contains(b.shows("form-error"), "Many people") {
		t.Errorf("a password that everybody has: %s", b.text("main"))
	}
	b.fill("signup-name", "Grace Hopper").fill("signup-password", "correct horse of grace").press("signup-submit")
	b.fill("code", "000000").press("code-submit").sees("form-error")
	b.fill("code", w.code("grace@example.org")).press("code-submit").at("/account/applications")

	b.press("logout-submit").open(w.URL + "/login").press("login-reset")
	b.fill("reset-email", "grace@example.org").press("reset-submit")
	link := linkSent.FindString(w.letter("grace@example.org"))
	other := browser(t).open(link).fill("code-password", "another horse of grace").press("code-submit").at("/")
	if other.shows("account") != "grace" {
		t.Errorf("the link signs in %q", other.shows("account"))
	}
	b.open(w.URL + "/login").signIn(person{Handle: "grace", password: "another horse of grace"}).at("/")
}

func TestSigningInByCodeAndLink(t *testing.T) {
	t.Parallel()
	w := serve(t)
	notes := w.native("Notes")
	address, verifier := notes.asks("s")
	b := browser(t).open(address).press("login-email")
	b.fill("email", "joan@example.org").press("email-submit").fill("code", w.code("joan@example.org")).press("code-submit")
	b.fill("code", w.code("joan@example.org")).fill("code-handle", "joan").press("code-submit")
	notes.redeem(b.press("consent-approve"), "s", verifier)

	other := browser(t).reads("de").open(w.URL+"/login/email").fill("email", "joan@example.org").press("email-submit")
	other.open(linkSent.FindString(w.letter("joan@example.org")))
	if got := other.press("code-submit").shows("account"); got != "joan" {
		t.Errorf("the link signs in %q", got)
	}

	third := browser(t).open(w.URL + "/login").press("login-phone")
	third.fill("phone-handle", "mary").fill("phone", "+44 7400 123456").press("phone-submit")
	third.fill("code", w.code("+447400123456")).press("code-submit")
	if got := third.shows("account"); got != "mary" {
		t.Errorf("the text signs in %q", got)
	}
}

func TestLookingAfterAddresses(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).open(w.URL + "/login").signIn(w.hire("ada", "Ada Lovelace")).press("home-addresses")
	b.fill("add-email", "countess@example.org").press("add-email-submit")
	b.fill("code", w.code("countess@example.org")).press("code-submit").at("/account/addresses").sees("account-done")

	added := ask[string](b, "[...document.querySelectorAll('#email-list li')].find(li => li.innerText.includes('countess')).id.slice('address-'.length)")
	b.press("prefer-" + added)
	if first := b.text("#email-list li"); !strings.Contains(first, "countess@example.org") || !strings.Contains(first, "Primary") {
		t.Errorf("the first address reads %q", first)
	}
	b.unfold("ask-remove-" + added).press("remove-" + added)
	if list := b.text("#email-list"); strings.Contains(list, "countess") {
		t.Errorf("the list reads %q", list)
	}
}

func TestKeysForPrograms(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).open(w.URL + "/login").signIn(w.hire("ada", "Ada Lovelace", "USE_PERSONAL_ACCESS_KEYS")).press("home-keys")
	b.fill("key-name", "backup").press("key-submit")
	if secret := b.shows("key-secret"); !regexp.MustCompile(`^sdpak_\w{44}$`).MatchString(secret) {
		t.Errorf("the key reads %q", secret)
	}
	made := ask[string](b, "document.querySelector('#keys li').id.slice('key-'.length)")
	b.unfold("ask-remove-" + made).press("remove-" + made)
	if b.has("key-" + made) {
		t.Error("the key is still there")
	}
}

// TestPasskeys registers one with an authenticator that the browser plays, and signs in with it.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := browser(t).withAuthenticator().open(w.URL + "/login").sees("login-passkey")
	if ask[bool](b, "document.getElementById('login-passkey-failed').checkVisibility()") {
		t.Error("the page says that it did not work before anybody tried")
	}
	ada := w.hire("ada", "Ada Lovelace")
	b.signIn(ada).press("home-security")
	b.fill("passkey-name", "My laptop").press("passkey-add").at("/account/security").sees("account-done")
	if list := b.text("#passkeys"); !strings.Contains(list, "My laptop") {
		t.Errorf("the list reads %q", list)
	}

	b.press("logout-submit").open(w.URL + "/login?return_url=/account/applications").press("login-passkey").at("/account/applications")
	if got := b.shows("account"); got != ada.Handle {
		t.Errorf("the passkey signs in %q", got)
	}

	b.open(w.URL + "/account/security")
	own := ask[string](b, "document.querySelector('#passkeys li').id.slice('passkey-'.length)")
	b.unfold("ask-rename-"+own).fill("name-"+own, "Old laptop").press("rename-" + own)
	b.unfold("ask-remove-" + own).press("remove-" + own)
	if list := b.text("#passkeys"); strings.Contains(list, "laptop") {
		t.Errorf("the list reads %q", list)
	}
}

// withAuthenticator plugs an authenticator in whose owner always agrees.
func (b *tab) withAuthenticator() *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	b.must("enable passkeys", err)
	_, err = chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	return b.must("plug an authenticator in", err)
}
