package signin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

type world struct {
	*ledgertest.World
	names, sources *ledgertest.Limits
	password       *signin.Password
	recognise      *signin.Recognise
	leave          *signin.Leave
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t), names: &ledgertest.Limits{Most: 3}, sources: &ledgertest.Limits{Most: 5}}
	w.Account("odin", "CREATE_POST")
	w.password = signin.NewPassword(w.Ledger, w.Directory, w.Passwords, signin.Attempts{ByName: w.names, BySource: w.sources}, w.Keys, w.Clock, w.Entropy)
	w.recognise = signin.NewRecognise(w.Ledger, w.Notes, w.Keys, w.Clock)
	w.leave = signin.NewLeave(w.Ledger, w.Clock)
	return w
}

func attempt(handle string, password oauth.Secret) signin.PasswordCommand {
	return signin.PasswordCommand{Handle: handle, Password: password, Visit: signin.Visit{UserAgent: "browser", Source: "::1"}}
}

func (w *world) signedIn(t *testing.T) signin.SignedIn {
	t.Helper()
	in, err := w.password.Execute(t.Context(), attempt("odin", "password"))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func refusedWith(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

func TestAPersonSignsInIsRecognisedAndLeaves(t *testing.T) {
	req.Covers(t, "R-084")
	w := newWorld(t)
	in := w.signedIn(t)
	if in.Account != "odin" || in.Token.ID() != in.Session {
		t.Errorf("signed in as %+v", in)
	}
	w.Clock.Pass(time.Hour)
	who, err := w.recognise.Execute(t.Context(), oauth.Secret(in.Token.Reveal()))
	want := session.Visitor{Session: in.Session, Account: "odin", AuthTime: ledgertest.Noon, AMR: []string{"pwd"}}
	if diff := cmp.Diff(want, who.Visitor); err != nil || diff != "" || who.Profile.Profile.Handle.Reveal() != "odin" {
		t.Errorf("recognised with %v (-want +got):\n%s", err, diff)
	}
	for range 2 {
		if err := w.leave.Execute(t.Context(), signin.LeaveCommand{Visitor: who.Visitor}); err != nil {
			t.Error(err)
		}
	}
	_, err = w.recognise.Execute(t.Context(), oauth.Secret(in.Token.Reveal()))
	refusedWith(t, err, session.ErrNotSignedIn)
	if diff := cmp.Diff([]string{"started", "ended"}, w.Names(session.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestSigningInTwiceGivesTwoSessions(t *testing.T) {
	req.Covers(t, "R-084")
	w := newWorld(t)
	if a, b := w.signedIn(t), w.signedIn(t); a.Session == b.Session || a.Token.Digest() == b.Token.Digest() {
		t.Error("two sign-ins share a session")
	}
}

func TestWhoCannotSignIn(t *testing.T) {
	req.Covers(t, "R-041", "R-092", "R-262")
	for name, tc := range map[string]struct {
		cmd    signin.PasswordCommand
		befall func(*account.Account, *world) error
		ok     bool
	}{
		"the right password":     {cmd: attempt("odin", "password"), ok: true},
		"in other letters":       {cmd: attempt("ODIN", "password"), ok: true},
		"their address":          {cmd: attempt("Odin@Example.org", "password"), ok: true},
		"an unknown address":     {cmd: attempt("loki@example.org", "password")},
		"no address":             {cmd: attempt("@", "password")},
		"a wrong password":       {cmd: attempt("odin", "wrong")},
		"no password":            {cmd: attempt("odin", "")},
		"an unknown handle":      {cmd: attempt("loki", "password")},
		"no handle":              {cmd: attempt("", "password")},
		"what cannot be one":     {cmd: attempt("o'din\x00", "password")},
		"a look-alike":           {cmd: attempt("оdin", "password")},
		"a suspended account":    {cmd: attempt("odin", "password"), befall: func(a *account.Account, w *world) error { return a.Suspend(w.Clock.Now()) }},
		"a deleted account":      {cmd: attempt("odin", "password"), befall: func(a *account.Account, w *world) error { return a.Delete(w.Clock.Now()) }},
		"the password of before": {cmd: attempt("odin", "password"), befall: func(a *account.Account, w *world) error { return a.SetPassword("hash of other", w.Clock.Now()) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.befall != nil {
				w.ChangeAccount("odin", func(a *account.Account) error { return tc.befall(a, w) })
			}
			_, err := w.password.Execute(t.Context(), tc.cmd)
			if tc.ok != (err == nil) {
				t.Errorf("got %v, want success %v", err, tc.ok)
			}
			if !tc.ok {
				refusedWith(t, err, signin.ErrCredentials)
			}
			if w.Passwords.Asked() != 1 {
				t.Errorf("a password was verified %d times, want once whoever asks", w.Passwords.Asked())
			}
			if failures := w.sources.Failures("::/64"); (failures == 1) == tc.ok {
				t.Errorf("%d failures were counted", failures)
			}
		})
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	req.Covers(t, "R-092")
	w := newWorld(t)
	for range 3 {
		_, err := w.password.Execute(t.Context(), attempt("odin", "wrong"))
		refusedWith(t, err, signin.ErrCredentials)
	}
	var limit *oauth.LimitError
	if _, err := w.password.Execute(t.Context(), attempt("Odin", "password")); !errors.As(err, &limit) || limit.RetryAfter <= 0 {
		t.Errorf("the fourth for one name: %v", err)
	}
	for range 2 {
		_, err := w.password.Execute(t.Context(), attempt("loki", "wrong"))
		refusedWith(t, err, signin.ErrCredentials)
	}
	if _, err := w.password.Execute(t.Context(), attempt("thor", "wrong")); !errors.As(err, &limit) {
		t.Errorf("the sixth from one source: %v", err)
	}
	if w.Passwords.Asked() != 5 {
		t.Errorf("%d passwords were verified, want none for those who wait", w.Passwords.Asked())
	}
}

// gathered lets nobody know before n have asked.
type gathered struct {
	ledgertest.Passwords

	all sync.WaitGroup
}

func (g *gathered) Verify(ctx context.Context, hash, password string) (bool, error) {
	g.all.Done()
	g.all.Wait()
	return g.Passwords.Verify(ctx, hash, password)
}

func TestAttemptsAtOnceAreLimited(t *testing.T) {
	req.Covers(t, "R-044")
	w, passwords := newWorld(t), &gathered{}
	password := signin.NewPassword(w.Ledger, w.Directory, passwords, signin.Attempts{ByName: w.names, BySource: w.sources}, w.Keys, w.Clock, w.Entropy)
	const n = 30
	passwords.all.Add(n)
	var told atomic.Int32
	var done sync.WaitGroup
	for range n {
		done.Go(func() {
			_, err := password.Execute(t.Context(), attempt("odin", "wrong"))
			if errors.Is(err, signin.ErrCredentials) {
				told.Add(1)
			}
		})
	}
	done.Wait()
	// Those that look at the limit in the same instant may all pass it.
	if told.Load() > n/2 {
		t.Errorf("%d of %d guesses at once were answered, where 3 are allowed", told.Load(), n)
	}
}

func TestNeighboursAreOneSource(t *testing.T) {
	req.Covers(t, "R-044")
	w := newWorld(t)
	for i := range 5 {
		cmd := attempt(fmt.Sprintf("nobody%d", i), "wrong")
		cmd.Source = fmt.Sprintf("2001:db8::%d", i)
		_, err := w.password.Execute(t.Context(), cmd)
		refusedWith(t, err, signin.ErrCredentials)
	}
	for source, blocked := range map[string]bool{"2001:db8::ffff": true, "2001:db8:0:1::": false, "192.0.2.1": false} {
		cmd := attempt("odin", "password")
		cmd.Source = source
		_, err := w.password.Execute(t.Context(), cmd)
		var limit *oauth.LimitError
		if errors.As(err, &limit) != blocked {
			t.Errorf("from %s: %v", source, err)
		}
	}
}

func TestASuspensionDuringSigningInGoverns(t *testing.T) {
	w := newWorld(t)
	w.Store.BeforeNextAppend(func() {
		w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	})
	_, err := w.password.Execute(t.Context(), attempt("odin", "password"))
	refusedWith(t, err, signin.ErrCredentials)
	if n := len(w.Names(session.Kind)); n > 0 {
		t.Errorf("%d facts of sessions", n)
	}
}

func TestWhoIsNotRecognised(t *testing.T) {
	for name, tc := range map[string]struct {
		token  func(*world, signin.SignedIn) string
		befall func(*world)
	}{
		"no token":       {token: func(*world, signin.SignedIn) string { return "" }},
		"a forged token": {token: func(_ *world, in signin.SignedIn) string { return strings.ToUpper(in.Token.Reveal()) }},
		"another's token": {token: func(w *world, in signin.SignedIn) string {
			return w.Keys.Mint(oauth.SessionToken, in.Session, 0, [32]byte{}).Reveal()
		}},
		"another kind": {token: func(w *world, in signin.SignedIn) string {
			return w.Keys.Mint(oauth.RefreshToken, in.Session, 0, [32]byte{}).Reveal()
		}},
		"too late": {befall: func(w *world) { w.Clock.Pass(session.Lifetime) }},
		"suspended": {befall: func(w *world) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}},
		"erased": {befall: func(w *world) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			in := w.signedIn(t)
			token := in.Token.Reveal()
			if tc.token != nil {
				token = tc.token(w, in)
			}
			if tc.befall != nil {
				tc.befall(w)
			}
			_, err := w.recognise.Execute(t.Context(), oauth.Secret(token))
			refusedWith(t, err, session.ErrNotSignedIn)
		})
	}
}

func TestAnOutageSaysNothingAboutAnybody(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	in := w.signedIn(t)
	w.Store.Fail(broken)
	_, signing := w.password.Execute(t.Context(), attempt("odin", "password"))
	_, recognising := w.recognise.Execute(t.Context(), oauth.Secret(in.Token.Reveal()))
	leaving := w.leave.Execute(t.Context(), signin.LeaveCommand{Visitor: session.Visitor{Session: in.Session}})
	for _, err := range []error{signing, recognising, leaving} {
		var refusal *oauth.Error
		if !errors.Is(err, broken) || errors.As(err, &refusal) {
			t.Errorf("got %v, want the outage, and no refusal", err)
		}
	}
	if w.names.Failures("odin") > 0 {
		t.Error("an outage was counted as a wrong password")
	}
}

func TestALongUserAgentIsCut(t *testing.T) {
	w := newWorld(t)
	cmd := attempt("odin", "password")
	cmd.UserAgent = strings.Repeat("a", 10_000)
	in, err := w.password.Execute(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	s := session.Named(in.Session)
	w.Load(s)
	if n := len(s.View().UserAgent); n != 256 {
		t.Errorf("%d bytes were kept", n)
	}
}

func TestSessionsEndWithThePassword(t *testing.T) {
	w := newWorld(t)
	in := w.signedIn(t)
	w.Clock.Pass(time.Minute)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPassword("hash of another", w.Clock.Now()) })
	_, err := w.recognise.Execute(t.Context(), oauth.Secret(in.Token.Reveal()))
	refusedWith(t, err, session.ErrNotSignedIn)
}
