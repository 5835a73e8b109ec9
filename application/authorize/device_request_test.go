package authorize_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/authorize"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

var app = client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "secret"}

func TestADeviceIsGivenItsCodes(t *testing.T) {
	req.Covers(t, "R-122", "R-123", "R-132")
	w := newWorld(t)
	got, err := w.request.Execute(t.Context(), authorize.DeviceRequestCommand{Client: app, Scope: "CREATE_POST openid", Resources: []string{"https://own.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if got.ExpiresIn != 10*time.Minute || got.Interval != 5*time.Second || len(got.UserCode.String()) != 9 {
		t.Errorf("the device is told %+v", got)
	}
	d := device.Named(got.DeviceCode.ID())
	w.Load(d)
	if v := d.View(); v.Scope != "openid CREATE_POST" || v.Client != "app" || len(v.Resources) != 1 || !v.Until.Equal(ledgertest.Noon.Add(10*time.Minute)) || v.Code != got.DeviceCode.Digest() {
		t.Errorf("the request is %+v", v)
	}
	for _, f := range w.Store.Facts() {
		if bytes.Contains(f.Data, []byte(got.UserCode)) || bytes.Contains(f.Data, []byte(got.DeviceCode.Reveal())) {
			t.Errorf("a code stands in %s of %s", f.Name, f.Stream)
		}
	}
}

func TestDeviceRequestsThatAreRefused(t *testing.T) {
	req.Covers(t, "R-026", "R-052", "R-122", "R-202")
	for name, tc := range map[string]struct {
		change  func(*world, *authorize.DeviceRequestCommand)
		refused error
	}{
		"a wrong secret":    {func(_ *world, c *authorize.DeviceRequestCommand) { c.Client.Secret = "x" }, client.ErrAuthentication},
		"an unknown client": {func(_ *world, c *authorize.DeviceRequestCommand) { c.Client.ID = "nobody" }, client.ErrAuthentication},
		"not registered for it": {func(w *world, _ *authorize.DeviceRequestCommand) {
			w.changeClient(func(s *client.Settings) { s.Grants = s.Grants[:2] })
		}, client.ErrGrantType},
		"an unknown word":    {func(_ *world, c *authorize.DeviceRequestCommand) { c.Scope = "everything" }, oauth.ErrUnknownScope},
		"a word not allowed": {func(_ *world, c *authorize.DeviceRequestCommand) { c.Scope = "email" }, oauth.ErrScopeNotAllowed},
		"another resource":   {func(_ *world, c *authorize.DeviceRequestCommand) { c.Resources = []string{"https://x.example"} }, oauth.ErrResource},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cmd := authorize.DeviceRequestCommand{Client: app, Scope: "openid"}
			tc.change(w, &cmd)
			_, err := w.request.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.refused)
			if n := len(w.Names(device.Kind)); n > 0 {
				t.Errorf("%d facts were recorded", n)
			}
		})
	}
}

func TestTheCommandLineAsksForExactlyItsScope(t *testing.T) {
	w := newWorld(t)
	w.Client("storyden-cli", "", client.Settings{
		Name: "Storyden", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, RequirePKCE: true,
		Grants: []oauth.GrantType{oauth.DeviceCodeGrant, oauth.RefreshTokenGrant}, Allowed: w.Server.Vocabulary.Everything(),
	})
	for scope, ok := range map[string]bool{
		"openid profile offline_access": true, "offline_access profile openid": true,
		"openid profile": false, "openid profile offline_access CREATE_POST": false, "": false,
	} {
		_, err := w.request.Execute(t.Context(), authorize.DeviceRequestCommand{
			Client: client.Credentials{ID: "storyden-cli", Method: oauth.AuthNone}, Scope: scope,
		})
		var refusal *oauth.Error
		if ok != (err == nil) || !ok && (!errors.As(err, &refusal) || refusal.Code != oauth.InvalidScope) {
			t.Errorf("scope %q: %v", scope, err)
		}
	}
}

// sameChance gives the same random bytes n times before it goes on.
type sameChance struct {
	ledgertest.Entropy

	left int
}

func (s *sameChance) Fill(b []byte) {
	if len(b) == 8 && s.left > 0 {
		s.left--
		clear(b)
		return
	}
	s.Entropy.Fill(b)
}

func TestAUserCodeThatIsInUseIsReplaced(t *testing.T) {
	req.Covers(t, "R-123")
	for name, tc := range map[string]struct {
		repeats int
		ok      bool
	}{"until a free one comes": {5, true}, "but not for ever": {100, false}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			chance := &sameChance{left: tc.repeats}
			request := authorize.NewDeviceRequest(w.Ledger, w.Keeper, w.Server, w.Keys, w.Clock, chance)
			cmd := authorize.DeviceRequestCommand{Client: app, Scope: "openid"}
			if _, err := request.Execute(t.Context(), cmd); err != nil {
				t.Fatal(err)
			}
			second, err := request.Execute(t.Context(), cmd)
			if (err == nil) != tc.ok {
				t.Errorf("got %s, %v", second.UserCode, err)
			}
		})
	}
}
