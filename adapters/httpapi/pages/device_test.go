package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

func TestACodeInTheAddressIsOnlyFilledIn(t *testing.T) {
	req.Covers(t, "R-085", "R-127")
	w := newWorld(t)
	b := w.signedIn("alice")
	code := w.deviceCode("openid")
	before := w.head()

	page := b.get("/device?user_code=" + strings.ToLower(code))

	if got := attr(b.find(page, "device-code"), "value"); got != code {
		t.Errorf("filled in %q, want %q", got, code)
	}
	if strings.Contains(page.Body.String(), "Living Room TV") {
		t.Error("the page tells whose code it is before anybody pressed a button")
	}
	if w.head() != before {
		t.Error("looking wrote something")
	}
	for range 9 {
		b.get("/device?user_code=AAAA-AAAA")
	}
	if got := b.post("/device", b.form(page, "device-continue")); got.Code != http.StatusOK {
		t.Errorf("codes that were only filled in count as guesses: %d", got.Code)
	}
}

func TestDeciding(t *testing.T) {
	req.Covers(t, "R-085", "R-127", "R-128")
	for name, tc := range map[string]struct{ button, done string }{
		"approve": {"device-approve", "device-approved"},
		"deny":    {"device-deny", "device-denied"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.signedIn("alice")
			code := w.deviceCode("openid email offline_access")
			form := b.form(b.get("/device"), "device-continue")
			form.Set("user_code", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
			before := w.head()

			confirm := b.post("/device", form)

			if w.head() != before {
				t.Error("asking for confirmation claimed the code")
			}
			for id, want := range map[string]string{"device-shown": code, "device-client": "Living Room TV", "device-account": "alice"} {
				if got := text(b.find(confirm, id)); got != want {
					t.Errorf("%s shows %q, want %q", id, got, want)
				}
			}
			if got := text(b.find(confirm, "device-warning")); !strings.Contains(got, "only if you started this on your own device") {
				t.Errorf("the warning reads %q", got)
			}
			if got := text(b.find(confirm, "gives-granted")); !strings.Contains(got, "e-mail") || !strings.Contains(got, "while you are away") {
				t.Errorf("what is given reads %q", got)
			}

			decision := b.form(confirm, tc.button)
			done := b.post("/device", decision)

			b.find(done, tc.done)
			again := b.post("/device", decision)
			if again.Code != http.StatusBadRequest {
				t.Errorf("deciding again: got %d, want 400", again.Code)
			}
			b.find(again, "device-error")
		})
	}
}

func TestAnUnknownCodeCanBeEnteredAgain(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	form := b.form(b.get("/device"), "device-continue")
	for _, typed := range []string{"AAAA-AAAA", "", "<b>", strings.Repeat("A", 200)} {
		form.Set("user_code", typed)
		got := b.post("/device", form)
		if b.find(got, "device-error"); got.Code != http.StatusBadRequest {
			t.Errorf("%q: got %d, want 400", typed, got.Code)
		}
	}
	form.Set("user_code", "AAAA-AAAA")
	b.post("/device", form)
	if got := b.post("/device", form); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("guessing on: got %d, want 429", got.Code)
	}
}

func TestTheTokenOfOneCodeDoesNotDecideAnother(t *testing.T) {
	req.Covers(t, "R-085")
	w := newWorld(t)
	b := w.signedIn("alice")
	mine, theirs := w.deviceCode("openid"), w.deviceCode("openid")
	form := b.form(b.get("/device?user_code="+mine), "device-continue")
	decision := b.form(b.post("/device", form), "device-approve")
	decision.Set("user_code", theirs)

	if got := b.post("/device", decision); got.Code != http.StatusForbidden {
		t.Errorf("got %d, want 403", got.Code)
	}
}
