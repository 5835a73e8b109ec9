package issue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/issue"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

func (w *world) approveDevice(code oauth.Opaque) {
	w.changeDevice(code, func(d *device.Device) error {
		return d.Approve(device.Approved{Account: "odin", Session: "s1", Scope: all, AuthTime: w.Clock.Now(), AMR: []string{"pwd"}}, w.Clock.Now())
	})
}

func polling(code oauth.Opaque) issue.DeviceCodeCommand {
	return issue.DeviceCodeCommand{Client: app, Code: code.Reveal()}
}

func TestADevicePollsUntilItIsApproved(t *testing.T) {
	req.Covers(t, "R-126", "R-130")
	w := newWorld(t)
	code := w.requested("app")
	for i, step := range []struct {
		after time.Duration
		want  error
	}{
		{0, device.ErrPending},
		{5 * time.Second, device.ErrPending},
		{4 * time.Second, device.ErrPending},                 // tickers jitter
		{3 * time.Second, device.ErrSlowDown},                // 10 s from now on
		{5 * time.Second, device.ErrSlowDown},                // 15 s from now on
		{10 * time.Second, device.ErrSlowDown},               // 20 s from now on
		{20*time.Second - time.Second, device.ErrPending},    // at last
		{20*time.Second - 2*time.Second, device.ErrSlowDown}, // 25 s from now on
	} {
		w.Clock.Pass(step.after)
		_, err := w.device.Execute(t.Context(), polling(code))
		if !errors.Is(err, step.want) {
			t.Errorf("poll %d: %v, want %v", i+1, err, step.want)
		}
	}
	w.approveDevice(code)
	w.Clock.Pass(24 * time.Second)
	tokens, err := w.device.Execute(t.Context(), polling(code))
	if err != nil {
		t.Fatal(err)
	}
	access := accessOf(t, tokens)
	if access.Subject != "odin" || access.Client != "app" || access.Grant != code.ID() || tokens.Scope != all || tokens.Refresh.IsZero() {
		t.Errorf("the tokens are %+v", access)
	}
	var id token.IDClaims
	read(t, tokens.ID, token.IDType, &id)
	if id.Nonce != "" || id.Subject != "odin" {
		t.Errorf("the ID token says %+v", id)
	}
	_, err = w.device.Execute(t.Context(), polling(code))
	refusedWith(t, err, device.ErrCode)
}

func TestPollsThatGetNothing(t *testing.T) {
	req.Covers(t, "R-098", "R-126")
	for name, tc := range map[string]struct {
		change  func(*world, oauth.Opaque, *issue.DeviceCodeCommand)
		refused error
	}{
		"denied": {func(w *world, code oauth.Opaque, _ *issue.DeviceCodeCommand) {
			w.changeDevice(code, func(d *device.Device) error { return d.Deny("odin", w.Clock.Now()) })
		}, device.ErrDenied},
		"expired":        {func(w *world, _ oauth.Opaque, _ *issue.DeviceCodeCommand) { w.Clock.Pass(10 * time.Minute) }, device.ErrExpired},
		"no code":        {func(_ *world, _ oauth.Opaque, c *issue.DeviceCodeCommand) { c.Code = "" }, device.ErrCode},
		"a forged code":  {func(_ *world, _ oauth.Opaque, c *issue.DeviceCodeCommand) { c.Code = "A" + c.Code[1:] }, device.ErrCode},
		"another client": {func(_ *world, _ oauth.Opaque, c *issue.DeviceCodeCommand) { c.Client.ID = "other" }, device.ErrCode},
		"a wrong secret": {func(_ *world, _ oauth.Opaque, c *issue.DeviceCodeCommand) { c.Client.Secret = "x" }, client.ErrAuthentication},
		"not registered for it": {func(w *world, _ oauth.Opaque, c *issue.DeviceCodeCommand) {
			w.changeClient(func(s *client.Settings) { s.Grants = s.Grants[:2] })
		}, client.ErrGrantType},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := w.requested("app")
			cmd := polling(code)
			tc.change(w, code, &cmd)
			for range 2 { // what is final is told however often it is asked for
				_, err := w.device.Execute(t.Context(), cmd)
				refusedWith(t, err, tc.refused)
			}
		})
	}
}

func TestBetweenApprovalAndTheNextPoll(t *testing.T) {
	req.Covers(t, "R-094")
	strikes(t, func(t *testing.T, w *world, strike func(), refused error) {
		code := w.requested("app")
		w.approveDevice(code)
		strike()
		_, err := w.device.Execute(t.Context(), polling(code))
		refusedWith(t, err, refused)
		if n := len(w.Names(grant.Kind)); n > 0 {
			t.Errorf("the grant has %d facts", n)
		}
	})
}

func TestOfParallelPollsOneGetsTheTokens(t *testing.T) {
	req.Covers(t, "R-130")
	w := newWorld(t)
	code := w.requested("app")
	w.approveDevice(code)
	const n = 8
	w.Server.Lifetimes.PollEvery = 0
	tokens, errs := w.together(n, func() (issue.Tokens, error) { return w.device.Execute(t.Context(), polling(code)) })
	if len(tokens) != 1 {
		t.Fatalf("%d of %d succeeded: %v", len(tokens), n, errs)
	}
	for _, err := range errs {
		refusedWith(t, err, device.ErrCode)
	}
	if diff := cmp.Diff([]string{"opened"}, w.Names(grant.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestAnOutageSaysNothingAboutTheDeviceCode(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	cmd := polling(w.requested("app"))
	w.Store.Fail(broken)
	_, err := w.device.Execute(t.Context(), cmd)
	outage(t, err, broken)
	w.Store.Fail(nil)
	_, err = w.device.Execute(t.Context(), cmd)
	refusedWith(t, err, device.ErrPending)
}

func TestADeviceOfAPublicClient(t *testing.T) {
	w := newWorld(t)
	tv := client.Settings{
		Name: "TV", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, Allowed: all,
		Grants: []oauth.GrantType{oauth.DeviceCodeGrant},
	}
	w.Client("tv", "", tv)
	code := w.requested("tv")
	w.approveDevice(code)
	tokens, err := w.device.Execute(t.Context(), issue.DeviceCodeCommand{
		Client: client.Credentials{ID: "tv", Method: oauth.AuthNone}, Code: code.Reveal(),
	})
	if err != nil || !tokens.Refresh.IsZero() || tokens.Scope.Has(oauth.OfflineAccess) {
		t.Errorf("got scope %q, %v", tokens.Scope, err)
	}
}
