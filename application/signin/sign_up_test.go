package signin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func personal(format string, args ...any) event.Personal {
	return event.Personal(fmt.Sprintf(format, args...))
}

func signUpAs(handle, email string) signin.SignUpCommand {
	return signin.SignUpCommand{
		Handle: handle, Password: "correct horse battery", Name: "Freya", Email: email,
		Visit: signin.Visit{UserAgent: "browser", Source: home},
	}
}

func TestSomebodySignsUpWithAProvenAddress(t *testing.T) {
	p := newProofs(t)
	got, err := p.signUp.Execute(t.Context(), signUpAs("Freya", "freya@example.org"))
	p.must(err)
	if !got.Waits() || len(p.Store.Facts()) > 0 {
		t.Fatalf("there is an account before any proof: %v", p.Store.Facts())
	}
	in, err := p.signUpFinish.Execute(t.Context(), signin.SignUpFinishCommand{
		ID: idOf(got.Posed), Code: p.mailed("freya@example.org"), Visit: signin.Visit{Source: home},
	})
	p.must(err)
	s := p.profile(in.Account)
	want := account.Profile{Handle: "freya", Name: "Freya", Email: "freya@example.org", EmailVerified: true}
	if diff := cmp.Diff(want, s.Profile); diff != "" || s.Permissions != p.Server.NewcomerHolds || s.Password != "hash of correct horse battery" {
		t.Errorf("the account is %+v (-want +got):\n%s", s, diff)
	}
	if diff := cmp.Diff([]string{"pwd", "otp"}, p.session(in).AMR); diff != "" {
		t.Errorf("signed in by (-want +got):\n%s", diff)
	}
}

func TestSomebodySignsUpAtOnceWhereNoLettersAreSent(t *testing.T) {
	p := newProofs(t, withoutMail)
	p.Account("odin", "")
	got, err := p.signUp.Execute(t.Context(), signUpAs("freya", odinsMail)) // which it cannot know to be another's
	p.must(err)
	opened := p.profile(got.Account).Profile
	if got.Waits() || opened.Handle != "freya" || opened.Email != odinsMail || opened.EmailVerified || p.session(got.SignedIn).Account != got.Account {
		t.Errorf("got %+v", got)
	}
	hashes := p.work(func() {
		_, err = p.signUp.Execute(t.Context(), signUpAs("freya", ""))
		refusedWith(t, err, signin.ErrHandleTaken)
	})
	if hashes["hashes"] > 0 {
		t.Error("a handle that is taken costs a hash")
	}
}

func TestWhatIsTakenIsToldOnlyToWhoeverHasTheCode(t *testing.T) {
	req.Covers(t, "R-041")
	p := newProofs(t)
	p.Account("odin", "")
	_, err := p.signUp.Execute(t.Context(), signUpAs("odin", "freya@example.org"))
	p.must(err)
	finish := func(handle string) error {
		_, err := p.signUpFinish.Execute(t.Context(), signin.SignUpFinishCommand{ID: p.linked("freya@example.org"), Handle: handle})
		return err
	}
	refusedWith(t, finish(""), signin.ErrHandleTaken)
	refusedWith(t, finish("odin"), signin.ErrHandleTaken)
	refusedWith(t, finish("freya"), nil)
	refusedWith(t, finish("freya2"), signin.ErrCode)

	// An address that an account uses is told so itself, and no code.
	got, err := p.signUp.Execute(t.Context(), signUpAs("loki", odinsMail))
	p.must(err)
	last := p.Mailboxes.Sent()[len(p.Mailboxes.Sent())-1]
	if !got.Waits() || last.To != odinsMail || sixDigits.MatchString(last.Text) || strings.Contains(last.Text, "token=") || !strings.Contains(last.Text, "You have one already") {
		t.Errorf("sent %+v", last)
	}
}

func TestWhoMayNotSignUp(t *testing.T) {
	for name, tc := range map[string]struct {
		cmd     func(*signin.SignUpCommand)
		changes []change
		want    error
	}{
		"nobody may":          {changes: []change{closedForNew}, want: signin.ErrSignUpClosed},
		"no handle":           {cmd: func(c *signin.SignUpCommand) { c.Handle = "" }, want: account.ErrHandle},
		"a look-alike":        {cmd: func(c *signin.SignUpCommand) { c.Handle = "оdin" }, want: account.ErrHandle},
		"a zero-width handle": {cmd: func(c *signin.SignUpCommand) { c.Handle = "od\u200bin" }, want: account.ErrHandle},
		"10 kB of name":       {cmd: func(c *signin.SignUpCommand) { c.Name = strings.Repeat("n", 10_000) }, want: account.ErrName},
		"a name that hides":   {cmd: func(c *signin.SignUpCommand) { c.Name = "a\u202eb" }, want: account.ErrName},
		"no address":          {cmd: func(c *signin.SignUpCommand) { c.Email = "" }, want: signin.ErrEmailNeeded},
		"no real address":     {cmd: func(c *signin.SignUpCommand) { c.Email = "freya" }, want: account.ErrEmail},
		"a short password":    {cmd: func(c *signin.SignUpCommand) { c.Password = "1234567" }, want: account.ErrPasswordShort},
		"a common password":   {cmd: func(c *signin.SignUpCommand) { c.Password = "Password123" }, want: account.ErrPasswordFrequent},
		"their own name":      {cmd: func(c *signin.SignUpCommand) { c.Handle, c.Password = "freyafreya", "FreyaFreya" }, want: account.ErrPasswordOwn},
		"10 kB of password":   {cmd: func(c *signin.SignUpCommand) { c.Password = oauth.Secret(strings.Repeat("p", 10_000)) }, want: account.ErrPasswordLong},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t, tc.changes...)
			cmd := signUpAs("freya", "freya@example.org")
			if tc.cmd != nil {
				tc.cmd(&cmd)
			}
			_, err := p.signUp.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.want)
			if n := len(p.Mailboxes.Sent()); n > 0 {
				t.Errorf("%d letters were sent", n)
			}
		})
	}
}

func TestSignUpsOfASourceAreLimited(t *testing.T) {
	p := newProofs(t, withoutMail)
	opened := 0
	for i := range 40 {
		_, err := p.signUp.Execute(t.Context(), signUpAs(fmt.Sprintf("h%d", i), ""))
		var limit *oauth.LimitError
		switch {
		case err == nil:
			opened++
		case !errors.As(err, &limit):
			t.Fatal(err)
		}
	}
	if opened != 30 {
		t.Errorf("%d accounts were opened", opened)
	}
}
