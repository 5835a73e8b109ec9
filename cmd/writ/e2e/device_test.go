package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/cli/oauth/device"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// approveDevice is what a person does who reads a code off a device.
func approveDevice(t *testing.T, w *world, p person, code string) {
	t.Helper()
	b := w.browser().open(w.URL + "/device").signIn(p)
	b.press("device-continue", map[string]string{"device-code": strings.ToLower(code)})
	if shown := b.shows("device-shown"); shown != code {
		t.Errorf("the page asks to compare %q, the device shows %q", shown, code)
	}
	b.press("device-approve", nil).mustFind("device-approved")
}

func TestDeviceFlowOfGosLibrary(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-122", "R-126")
		ada, tv := w.hire("ada"), w.tv()
		config := w.config(tv, "openid offline_access READ_PROFILE") // the library finds out how to authenticate
		started, err := config.DeviceAuth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		type outcome struct {
			token *oauth2.Token
			err   error
		}
		done := make(chan outcome, 1)
		asked := waitFor(w, "/api/oauth/token", "authorization_pending")
		go func() {
			token, err := config.DeviceAccessToken(asked.ctx, started)
			done <- outcome{token, err}
		}()
		asked.wait(t)
		approveDevice(t, w, ada, started.UserCode)
		got := <-done
		if got.err != nil {
			t.Fatalf("poll for the token: %v", got.err)
		}
		if scope := scopeOf(got.token); scope != "openid offline_access READ_PROFILE" {
			t.Errorf("the token has scope %q", scope)
		}
		w.mustRefresh(tv, got.token)
		_, err = config.DeviceAccessToken(t.Context(), started)
		refusedWith(t, err, "invalid_grant") // the code is spent
	})
}

func TestDeviceFlowOfAConfidentialClient(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-035", "R-127")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	kiosk := w.register("Kiosk", "confidential", "device_code", "--scope", "openid READ_PROFILE", "--auth-method", "client_secret_post")
	config := w.config(kiosk, "openid READ_PROFILE")
	started, err := config.DeviceAuth(t.Context(), oauth2.SetAuthURLParam("client_secret", kiosk.Secret))
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser().open(started.VerificationURIComplete).signIn(ada)
	b.press("device-continue", nil).press("device-approve", nil).mustFind("device-approved")
	token, err := config.DeviceAccessToken(t.Context(), started)
	if err != nil || scopeOf(token) != "openid READ_PROFILE" {
		t.Errorf("the device gets %v, %v", token, err)
	}
}

func TestDeviceFlowThatIsDenied(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-129")
	w := serve(t, harness.Options{})
	ada, tv := w.hire("ada"), w.tv()
	config := w.config(tv, "openid")
	started, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.frontend().signIn(ada).must(http.StatusOK, http.MethodPost, "/api/oauth/device/consent",
		map[string]string{"user_code": started.UserCode, "decision": "deny"})
	_, err = config.DeviceAccessToken(t.Context(), started)
	refusedWith(t, err, "access_denied")
}

func TestDeviceClientOfACommandLineThatManyUse(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, tv := w.hire("ada"), w.tv()
	code, err := device.RequestCode(http.DefaultClient, w.URL+"/api/oauth/device_authorization", tv.ClientID,
		[]string{"openid", "offline_access", "READ_PROFILE"})
	if err != nil {
		t.Fatal(err)
	}
	approveDevice(t, w, ada, code.UserCode)
	token, err := device.Wait(t.Context(), http.DefaultClient, w.URL+"/api/oauth/token",
		device.WaitOptions{ClientID: tv.ClientID, DeviceCode: code})
	if err != nil {
		t.Fatal(err)
	}
	if token.Scope != "openid offline_access READ_PROFILE" || !strings.EqualFold(token.Type, "bearer") || token.RefreshToken == "" {
		t.Errorf("the token has scope %q, type %q, a refresh token: %t", token.Scope, token.Type, token.RefreshToken != "")
	}
}

// sighting watches the answers that a client of Go's library gets.
type sighting struct {
	ctx  context.Context // for the library
	seen chan struct{}
}

// waitFor sees the first answer of a path that contains a text.
func waitFor(w *world, path, text string) *sighting {
	s := &sighting{seen: make(chan struct{})}
	watched := &http.Client{Transport: &watcher{path: path, text: text, seen: s.seen}}
	s.ctx = context.WithValue(w.t.Context(), oauth2.HTTPClient, watched)
	return s
}

func (s *sighting) wait(t *testing.T) {
	t.Helper()
	select {
	case <-s.seen:
	case <-t.Context().Done():
		t.Fatal("the test ended before the answer came")
	}
}
