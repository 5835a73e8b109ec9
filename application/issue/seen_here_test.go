package issue_test

import (
	"errors"
	"testing"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// approveAt approves a code at a replica, as its consent page does: on what it knows of odin and app.
func (w *world) approveAt(t *testing.T, r replica) oauth.Opaque {
	t.Helper()
	code := w.Keys.Mint(oauth.AuthorizationCode, w.Entropy.ID(), 0, [32]byte{7})
	z, a, c := authorization.Undecided(code.ID()), account.Named("odin"), client.Named("app")
	now := w.Clock.Now()
	err := r.ledger.Decide(t.Context(), func() error {
		return z.Approve(authorization.Approved{
			Client: c.ClientID(), Account: a.AccountID(), Redirect: redirect, Scope: all, Challenge: verifier.Challenge(),
			Code: code.Digest(), AuthTime: now, Until: now.Add(w.Server.Lifetimes.Code),
		}, now)
	}, z, a, c)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestWhatAServerGaveOutItTakesBackWithoutReading follows a code and its refresh tokens at one server,
// and then the code once more.
func TestWhatAServerGaveOutItTakesBackWithoutReading(t *testing.T) {
	req.Covers(t, "R-103")
	w := newWorld(t)
	r := newReplica(w)
	code := w.approveAt(t, r)
	before := w.Store.Reads()
	tokens, err := r.code.Execute(t.Context(), redeeming(code))
	for range 3 {
		if err != nil {
			t.Fatal(err)
		}
		tokens, err = r.refresh.Execute(t.Context(), refreshing(tokens.Refresh))
	}
	if reads := w.Store.Reads() - before; err != nil || reads != 0 {
		t.Errorf("a code and three refresh tokens took %d reads: %v", reads, err)
	}
	_, err = r.code.Execute(t.Context(), redeeming(code))
	if !errors.Is(err, authorization.ErrReplayed) {
		t.Errorf("the code once more: %v", err)
	}
	g := grant.Named(code.ID())
	w.Load(g)
	if g.View().Reason != grant.ByCodeReplay {
		t.Errorf("after a replay the grant is revoked for %q", g.View().Reason)
	}
}

// TestARefreshElsewhereIsSeenHere lets two servers that both remember a grant refresh it in turn.
func TestARefreshElsewhereIsSeenHere(t *testing.T) {
	w := newWorld(t)
	here, there := newReplica(w), newReplica(w)
	first, err := here.code.Execute(t.Context(), redeeming(w.approveAt(t, here)))
	if err != nil {
		t.Fatal(err)
	}
	token := first.Refresh
	for i := range 6 {
		next, err := []replica{here, there}[i%2].refresh.Execute(t.Context(), refreshing(token))
		if err != nil {
			t.Fatalf("refresh %d: %v", i, err)
		}
		token = next.Refresh
	}
	_, err = here.refresh.Execute(t.Context(), refreshing(first.Refresh))
	if !errors.Is(err, grant.ErrReused) {
		t.Errorf("the first token once more: %v", err)
	}
	_, err = there.refresh.Execute(t.Context(), refreshing(token))
	if !errors.Is(err, grant.ErrRefreshToken) {
		t.Errorf("the last token after a reuse at the other server: %v", err)
	}
}

// TestAnAnswerToADeviceIsSeenHere polls at a server that remembers the request as undecided.
func TestAnAnswerToADeviceIsSeenHere(t *testing.T) {
	req.Covers(t, "R-126")
	for name, tc := range map[string]struct {
		elsewhere func(*world, oauth.Opaque)
		want      error
	}{
		"approved": {(*world).approveDevice, nil},
		"denied": {func(w *world, code oauth.Opaque) {
			w.changeDevice(code, func(d *device.Device) error { return d.Deny("odin", w.Clock.Now()) })
		}, device.ErrDenied},
		"the client is gone": {func(w *world, _ oauth.Opaque) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, client.ErrAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			here, code := newReplica(w), w.requested("app")
			for range 2 {
				_, err := here.device.Execute(t.Context(), polling(code))
				refusedWith(t, err, device.ErrPending)
				w.Clock.Pass(w.Server.Lifetimes.PollEvery)
			}
			before := w.Store.Reads()
			_, err := here.device.Execute(t.Context(), polling(code))
			if reads := w.Store.Reads() - before; !errors.Is(err, device.ErrPending) || reads != 0 {
				t.Errorf("a poll that finds nothing new took %d reads: %v", reads, err)
			}
			w.Clock.Pass(w.Server.Lifetimes.PollEvery)
			tc.elsewhere(w, code)
			_, err = here.device.Execute(t.Context(), polling(code))
			if !errors.Is(err, tc.want) {
				t.Errorf("the poll after it: %v, want %v", err, tc.want)
			}
		})
	}
}
