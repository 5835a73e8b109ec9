package authorize_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/authorize"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

// shown gives the codes of a device that asked for a scope.
func (w *world) shown(t *testing.T, scope string) authorize.DeviceRequested {
	t.Helper()
	got, err := w.request.Execute(t.Context(), authorize.DeviceRequestCommand{Client: app, Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) decideDevice(t *testing.T, code string, approve bool, v session.Visitor) error {
	t.Helper()
	return w.device.Decide(t.Context(), authorize.DeviceCommand{UserCode: code, Approve: approve, Visitor: v})
}

func (w *world) look(t *testing.T, code string, claim bool, v session.Visitor) (authorize.DeviceView, error) {
	t.Helper()
	return w.device.Read(t.Context(), authorize.DeviceQuery{UserCode: code, Claim: claim, Visitor: v})
}

func TestAPersonDecidesForADevice(t *testing.T) {
	req.Covers(t, "R-124", "R-127", "R-129")
	w := newWorld(t)
	shown := w.shown(t, "openid CREATE_POST offline_access")
	view, err := w.look(t, " "+shown.UserCode.String()+" ", false, w.odin)
	if err != nil {
		t.Fatal(err)
	}
	if view.UserCode != shown.UserCode || view.Requested != "openid offline_access CREATE_POST" || view.Granted != view.Requested ||
		view.Client.Name != "App" || view.Inherits || !view.Expires.Equal(w.Clock.Now().Add(10*time.Minute)) {
		t.Errorf("the page shows %+v", view)
	}
	if diff := cmp.Diff([]string{"requested"}, w.Names(device.Kind)); diff != "" {
		t.Errorf("looking changed something (-want +got):\n%s", diff)
	}
	if err := w.decideDevice(t, string(shown.UserCode), true, w.odin); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"requested", "claimed", "approved"}, w.Names(device.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	d := device.Named(shown.DeviceCode.ID())
	w.Load(d)
	want := &device.Approved{Account: "odin", Session: w.odin.Session, Scope: view.Granted, AuthTime: w.odin.AuthTime, AMR: []string{"pwd"}}
	if diff := cmp.Diff(want, d.View().Approved); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
	for _, again := range []bool{true, false} {
		refusedWith(t, w.decideDevice(t, string(shown.UserCode), again, w.odin), device.ErrUserCode)
	}
}

func TestClaimingKeepsOthersAway(t *testing.T) {
	req.Covers(t, "R-129")
	w := newWorld(t)
	w.Account("loki", "USE_OAUTH_CLIENTS")
	loki := w.Visitor("loki")
	code := w.shown(t, "openid").UserCode.String()
	if _, err := w.look(t, code, true, w.odin); err != nil {
		t.Fatal(err)
	}
	_, err := w.look(t, code, false, loki)
	refusedWith(t, err, device.ErrUserCode)
	refusedWith(t, w.decideDevice(t, code, true, loki), device.ErrUserCode)
	refusedWith(t, w.decideDevice(t, code, false, loki), device.ErrUserCode)
	if err := w.decideDevice(t, code, false, w.odin); err != nil {
		t.Errorf("who claimed it: %v", err)
	}
	if diff := cmp.Diff([]string{"requested", "claimed", "denied"}, w.Names(device.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestUserCodesThatCannotBeDecided(t *testing.T) {
	req.Covers(t, "R-125", "R-129")
	for name, tc := range map[string]struct {
		change  func(*world, *string)
		refused error
	}{
		"unknown":  {func(_ *world, code *string) { *code = "ZZZZ-ZZZZ" }, device.ErrUserCode},
		"none":     {func(_ *world, code *string) { *code = "" }, device.ErrUserCode},
		"nonsense": {func(_ *world, code *string) { *code = "<script>" }, device.ErrUserCode},
		"expired":  {func(w *world, _ *string) { w.Clock.Pass(10 * time.Minute) }, device.ErrUserCode},
		"the client is gone": {func(w *world, _ *string) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, client.ErrUnknown},
		"no permission, and an unknown code": {func(w *world, code *string) {
			*code = "ZZZZ-ZZZZ"
			w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("", w.Clock.Now()) })
		}, account.ErrMayNotUseClients},
		"no permission": {func(w *world, _ *string) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("", w.Clock.Now()) })
		}, account.ErrMayNotUseClients},
		"suspended": {func(w *world, _ *string) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}, account.ErrMayNotUseClients},
		"signed out": {func(w *world, _ *string) {
			s := session.Named(w.odin.Session)
			w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
		}, session.ErrNotSignedIn},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := w.shown(t, "openid").UserCode.String()
			tc.change(w, &code)
			_, err := w.look(t, code, false, w.odin)
			refusedWith(t, err, tc.refused)
			refusedWith(t, w.decideDevice(t, code, true, w.odin), tc.refused)
			if errors.Is(tc.refused, device.ErrUserCode) != (w.own.Failures("odin") == 2) {
				t.Errorf("%d guesses were counted", w.own.Failures("odin"))
			}
		})
	}
}

func TestDenyingADeviceNeedsNoPermission(t *testing.T) {
	w := newWorld(t)
	code := w.shown(t, "openid").UserCode.String()
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("", w.Clock.Now()) })
	if err := w.decideDevice(t, code, false, w.odin); err != nil {
		t.Error(err)
	}
}

func TestGuessingIsLimited(t *testing.T) {
	req.Covers(t, "R-125")
	w := newWorld(t)
	code := w.shown(t, "openid").UserCode.String()
	for range 3 {
		_, err := w.look(t, "ZZZZ-ZZZZ", false, w.odin)
		refusedWith(t, err, device.ErrUserCode)
	}
	var limit *oauth.LimitError
	if _, err := w.look(t, code, false, w.odin); !errors.As(err, &limit) || limit.RetryAfter <= 0 {
		t.Errorf("after three guesses: %v", err)
	}
	if err := w.decideDevice(t, code, true, w.odin); !errors.As(err, &limit) {
		t.Errorf("after three guesses: %v", err)
	}
}

func TestOfParallelDecisionsForADeviceOneStands(t *testing.T) {
	req.Covers(t, "R-129")
	w := newWorld(t)
	w.own.Most = 0
	code := w.shown(t, "openid").UserCode.String()
	const n = 6
	errs := make([]error, n)
	w.Store.Gather(n)
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { errs[i] = w.decideDevice(t, code, i%2 == 0, w.odin) })
	}
	done.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refusedWith(t, err, device.ErrUserCode)
	}
	if won != 1 || len(w.Names(device.Kind)) != 3 {
		t.Errorf("%d of %d won; the log has %v", won, n, w.Names(device.Kind))
	}
}

func TestAnOutageSaysNothingAboutAUserCode(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	code := w.shown(t, "openid").UserCode.String()
	w.Store.Fail(broken)
	outage(t, w.decideDevice(t, code, true, w.odin), broken)
	_, err := w.look(t, code, false, w.odin)
	outage(t, err, broken)
	_, err = w.request.Execute(t.Context(), authorize.DeviceRequestCommand{Client: app, Scope: "openid"})
	outage(t, err, broken)
	if w.own.Failures("odin") > 0 {
		t.Error("an outage was counted as a guess")
	}
}
