package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

// frequent are the passwords that everybody has.
type frequent struct{}

func (frequent) Frequent(password string) bool { return password == "password1" }

type changeWorld struct {
	*world
	change *signin.PasswordChange
	odin   session.Visitor
}

func newChangeWorld(t *testing.T) *changeWorld {
	w := newWorld(t)
	at := signin.Attempts{ByName: w.names, BySource: w.sources}
	return &changeWorld{
		world: w, odin: w.Visitor("odin"),
		change: signin.NewPasswordChange(w.Ledger, w.Passwords, frequent{}, at, w.Keys, w.Clock, w.Entropy),
	}
}

func (w *changeWorld) to(present, next oauth.Secret) signin.PasswordChangeCommand {
	return signin.PasswordChangeCommand{Visitor: w.odin, Present: present, Next: next, Visit: signin.Visit{UserAgent: "browser", Source: "::1"}}
}

const next = "another horse"

func TestANewPasswordBeginsANewSession(t *testing.T) {
	req.Covers(t, "R-084")
	w := newChangeWorld(t)
	before := w.signedIn(t)
	w.Clock.Pass(time.Hour)
	in, err := w.change.Execute(t.Context(), w.to("password", next))
	if err != nil {
		t.Fatal(err)
	}
	who, err := w.recognise.Execute(t.Context(), oauth.Secret(in.Token.Reveal()))
	want := session.Visitor{Session: in.Session, Account: "odin", AuthTime: w.Clock.Now(), AMR: []string{"pwd"}}
	if diff := cmp.Diff(want, who.Visitor); err != nil || diff != "" {
		t.Errorf("recognised with %v (-want +got):\n%s", err, diff)
	}
	_, err = w.recognise.Execute(t.Context(), oauth.Secret(before.Token.Reveal()))
	refusedWith(t, err, session.ErrNotSignedIn)
	old := session.Named(w.odin.Session)
	w.Load(old)
	if old.Live(w.Clock.Now()) {
		t.Error("the session that asked is live")
	}
	_, err = w.password.Execute(t.Context(), attempt("odin", "password"))
	refusedWith(t, err, signin.ErrCredentials)
	_, err = w.password.Execute(t.Context(), attempt("odin", next))
	refusedWith(t, err, nil)
}

func TestPasswordsThatStay(t *testing.T) {
	req.Covers(t, "R-092")
	for name, tc := range map[string]struct {
		present, next oauth.Secret
		befall        func(*changeWorld)
		refused       error
		verified      int
	}{
		"a wrong present one":    {present: "wrong", next: next, refused: signin.ErrPresentPassword, verified: 1},
		"none":                   {next: next, refused: signin.ErrPresentPassword, verified: 1},
		"a short one":            {present: "password", next: "short", refused: account.ErrPasswordShort, verified: 1},
		"one that everybody has": {present: "password", next: "password1", refused: account.ErrPasswordFrequent, verified: 1},
		"one's own name":         {present: "password", next: "odin@example.org", refused: account.ErrPasswordOwn, verified: 1},
		"wrong, and a short one": {present: "wrong", next: "short", refused: signin.ErrPresentPassword, verified: 1},
		"signed out meanwhile": {present: "password", next: next, refused: session.ErrNotSignedIn, verified: 1, befall: func(w *changeWorld) {
			w.Store.BeforeNextAppend(func() {
				s := session.Named(w.odin.Session)
				w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
			})
		}},
		"changed meanwhile": {present: "password", next: next, refused: session.ErrNotSignedIn, verified: 1, befall: func(w *changeWorld) {
			w.Store.BeforeNextAppend(func() {
				w.Clock.Pass(time.Second)
				w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPassword("hash of other", w.Clock.Now()) })
			})
		}},
		"suspended": {present: "password", next: next, refused: session.ErrNotSignedIn, verified: 1, befall: func(w *changeWorld) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}},
		"a program": {present: "password", next: next, refused: session.ErrNotSignedIn, verified: 1, befall: func(w *changeWorld) {
			w.odin.Session, w.odin.Key = "", "k"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newChangeWorld(t)
			if tc.befall != nil {
				tc.befall(w)
			}
			_, err := w.change.Execute(t.Context(), w.to(tc.present, tc.next))
			refusedWith(t, err, tc.refused)
			if w.Passwords.Asked() != tc.verified {
				t.Errorf("%d passwords were verified", w.Passwords.Asked())
			}
			a := account.Named("odin")
			w.Load(a)
			if got := a.View().Password; got == "hash of "+next {
				t.Error("the password was replaced")
			}
		})
	}
}

func TestAStolenSessionCannotGuessThePassword(t *testing.T) {
	req.Covers(t, "R-092")
	w := newChangeWorld(t)
	for range 3 {
		_, err := w.change.Execute(t.Context(), w.to("wrong", next))
		refusedWith(t, err, signin.ErrPresentPassword)
	}
	var limit *oauth.LimitError
	if _, err := w.change.Execute(t.Context(), w.to("password", next)); !errors.As(err, &limit) {
		t.Errorf("the fourth: %v", err)
	}
	if _, err := w.password.Execute(t.Context(), attempt("odin", "password")); !errors.As(err, &limit) {
		t.Errorf("and at signing in: %v", err)
	}
}

func TestAFirstPasswordTakesAFreshSignIn(t *testing.T) {
	w := newChangeWorld(t)
	a := account.Named("thor")
	w.Decide(func() error {
		return a.Open(account.Opening{Profile: account.Profile{Handle: "thor"}, At: w.Clock.Now()})
	}, a)
	w.odin = w.Visitor("thor")
	w.Clock.Pass(session.FreshFor + time.Second)
	_, err := w.change.Execute(t.Context(), w.to("", next))
	refusedWith(t, err, session.ErrStale)
	w.odin = w.Visitor("thor")
	if _, err = w.change.Execute(t.Context(), w.to("", next)); err != nil {
		t.Error(err)
	}
	if _, err = w.password.Execute(t.Context(), attempt("thor", next)); err != nil {
		t.Error(err)
	}
}
