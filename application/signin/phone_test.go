package signin_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest/req"
)

const (
	odins  = "+12025550123"
	lokis  = "+12025550188"
	nobody = "+12025550199"
)

func (p *proofs) startPhone(handle, number, source string) (signin.Posed, error) {
	return p.phoneStart.Execute(p.t.Context(), signin.PhoneStartCommand{Handle: handle, Number: number, Source: source})
}

func (p *proofs) finishPhone(handle string, code oauth.Secret, source string) (signin.SignedIn, error) {
	return p.phoneFinish.Execute(p.t.Context(), signin.PhoneFinishCommand{
		Handle: handle, Code: code, Visit: signin.Visit{UserAgent: "browser", Source: source},
	})
}

func TestTheHolderOfAPhoneSignsInByText(t *testing.T) {
	req.Covers(t, "R-084")
	p := newProofs(t)
	p.withPhone("odin", odins)
	_, err := p.startPhone("Odin", "+1 (202) 555-0123", home)
	p.must(err)
	text := p.Phones.Sent()[0].Text
	if !strings.HasPrefix(text, p.texted(odins).Reveal()+" is your code for Writ.") || !strings.HasSuffix(text, "\n\n@writ.test #"+p.texted(odins).Reveal()) {
		t.Errorf("the text is %q", text)
	}
	in, err := p.finishPhone("odin", p.texted(odins), home)
	p.must(err)
	s := p.session(in)
	if diff := cmp.Diff([]string{"otp", "sms"}, s.AMR); diff != "" || in.Account != "odin" || !s.AuthTime.Equal(p.Clock.Now()) {
		t.Errorf("signed in as %s with %+v", in.Account, s)
	}
}

func TestTheHolderOfAnUnknownPhoneGetsAnAccount(t *testing.T) {
	p := newProofs(t)
	_, err := p.startPhone("Freya", nobody, home)
	p.must(err)
	in, err := p.finishPhone("freya", p.texted(nobody), home)
	p.must(err)
	s := p.profile(in.Account)
	if s.Profile.Handle.Reveal() != "freya" || s.Profile.Phone.Reveal() != nobody || !s.Profile.PhoneVerified || s.Permissions != p.Server.NewcomerHolds {
		t.Errorf("the account is %+v", s)
	}
	_, err = p.startPhone("freya", nobody, home)
	p.must(err)
	again, err := p.finishPhone("freya", p.texted(nobody), home)
	if err != nil || again.Account != in.Account {
		t.Errorf("the next time it is %s, %v", again.Account, err)
	}
}

// The weakness: no expiry, no count of tries, not consumed, kept in clear; an account before any
// proof; numbers of any form; and the id of the account told to anybody.
func TestB3ACodeByTextIsHardToAbuse(t *testing.T) {
	req.Covers(t, "R-044", "R-092")
	for name, tc := range map[string]struct {
		befall func(*proofs)
		code   func(oauth.Secret) oauth.Secret
		from   string
		want   error
	}{
		"the right code":             {},
		"a wrong code":               {code: wrong, want: signin.ErrCode},
		"no code":                    {code: func(oauth.Secret) oauth.Secret { return "" }, want: signin.ErrCode},
		"a code with a NUL":          {code: func(c oauth.Secret) oauth.Secret { return c + "\x00" }, want: signin.ErrCode},
		"10 kB":                      {code: func(oauth.Secret) oauth.Secret { return oauth.Secret(strings.Repeat("1", 10_000)) }, want: signin.ErrCode},
		"the right code, in time":    {befall: func(p *proofs) { p.Clock.Pass(signin.CodeLifetime - time.Microsecond) }},
		"the right code, too late":   {befall: func(p *proofs) { p.Clock.Pass(signin.CodeLifetime) }, want: signin.ErrCode},
		"the right code, after four": {befall: func(p *proofs) { p.guess("odin", home, 4) }},
		"the right code, after five": {befall: func(p *proofs) { p.guess("odin", home, 5) }, want: signin.ErrCode},
		"the right code, again": {
			befall: func(p *proofs) { _, err := p.finishPhone("odin", p.texted(odins), home); p.must(err) }, want: signin.ErrCode,
		},
		"the right code, after many guesses elsewhere": {befall: func(p *proofs) { p.guess("odin", away, 30) }},
		"the right code, after another's start": {befall: func(p *proofs) {
			for i := range 20 {
				_, err := p.startPhone("odin", fmt.Sprintf("+1202555%04d", 1000+i), away)
				p.must(err)
			}
		}},
		"the right code, from elsewhere": {from: away},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t)
			p.withPhone("odin", odins)
			_, err := p.startPhone("odin", odins, home)
			p.must(err)
			code := p.texted(odins)
			if tc.befall != nil {
				tc.befall(p)
			}
			if tc.code != nil {
				code = tc.code(code)
			}
			from := home
			if tc.from != "" {
				from = tc.from
			}
			_, err = p.finishPhone("odin", code, from)
			refusedWith(t, err, tc.want)
		})
	}
}

// guess answers wrongly, n times.
func (p *proofs) guess(handle, source string, n int) {
	p.t.Helper()
	for range n {
		_, err := p.finishPhone(handle, wrong(p.texted(odins)), source)
		refusedWith(p.t, err, signin.ErrCode)
	}
}

func TestB3WhoeverHasTheIDKeepsTheTries(t *testing.T) {
	p := newProofs(t)
	posed, err := p.startPhone("odin", odins, home)
	p.must(err)
	p.guess("odin", away, 10)
	_, err = p.phoneFinish.Execute(t.Context(), signin.PhoneFinishCommand{
		Handle: "odin", ID: oauth.Secret(posed.ID.Reveal()), Code: p.texted(odins), Visit: signin.Visit{Source: "203.0.113.9"},
	})
	p.must(err)
	for name, id := range map[string]oauth.Secret{
		"forged": "AAAA", "of a session": oauth.Secret(p.Keys.Mint(oauth.SessionToken, posed.ID.ID(), 0, [32]byte{}).Reveal()),
	} {
		_, err = p.phoneFinish.Execute(t.Context(), signin.PhoneFinishCommand{Handle: "odin", ID: id, Code: p.texted(odins)})
		if !errors.Is(err, signin.ErrCode) {
			t.Errorf("an id that is %s: %v", name, err)
		}
	}
}

func TestB3AStartOpensNoAccountAndTellsNothing(t *testing.T) {
	req.Covers(t, "R-041")
	p := newProofs(t)
	p.withPhone("odin", odins)
	p.withPhone("thor", lokis)
	p.ChangeAccount("thor", func(a *account.Account) error { return a.Suspend(p.Clock.Now()) })
	facts := len(p.Store.Facts())
	var want map[string]int
	for name, who := range map[string][2]string{
		"a known pair": {"odin", odins}, "another's number": {"loki", odins}, "another's handle": {"odin", nobody},
		"nobody": {"freya", "+12025550111"}, "somebody suspended": {"thor", lokis},
	} {
		var posed signin.Posed
		var err error
		did := p.work(func() { posed, err = p.startPhone(who[0], who[1], home) })
		if err != nil || len(posed.ID.Reveal()) != 92 {
			t.Errorf("%s: %v", name, err)
		}
		if want == nil {
			want = did
		}
		if diff := cmp.Diff(want, did); diff != "" || did["messages"] != 1 {
			t.Errorf("%s takes other work (-want +got):\n%s", name, diff)
		}
	}
	if n := len(p.Store.Facts()); n != facts {
		t.Errorf("%d facts were recorded", n-facts)
	}
}

func TestB3AnUnknownHandleAndAWrongCodeAreOne(t *testing.T) {
	req.Covers(t, "R-041")
	p := newProofs(t)
	p.withPhone("odin", odins)
	_, err := p.startPhone("odin", odins, home)
	p.must(err)
	var want map[string]int
	for _, handle := range []string{"odin", "freya", "nobody"} {
		did := p.work(func() {
			_, err := p.finishPhone(handle, wrong(p.texted(odins)), home)
			refusedWith(t, err, signin.ErrCode)
		})
		if want == nil {
			want = did
		}
		if diff := cmp.Diff(want, did); diff != "" {
			t.Errorf("%s takes other work (-want +got):\n%s", handle, diff)
		}
	}
}

func TestB3WhatWasNotToldIsToldToWhoeverHasTheCode(t *testing.T) {
	for name, tc := range map[string]struct {
		handle, number string
		befall         func(*proofs)
		changes        []change
		want           error
	}{
		"the number is another handle's": {handle: "loki", number: odins, want: signin.ErrOtherHandle},
		"the handle is another's":        {handle: "odin", number: nobody, want: signin.ErrHandleTaken},
		"the account is suspended": {handle: "odin", number: odins, want: account.ErrNotServed, befall: func(p *proofs) {
			p.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(p.Clock.Now()) })
		}},
		"the account is erased": {handle: "odin", number: odins, befall: func(p *proofs) {
			p.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(p.Clock.Now()) })
		}},
		"new accounts are not taken": {handle: "freya", number: nobody, want: signin.ErrSignUpClosed, changes: []change{closedForNew}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t, tc.changes...)
			p.withPhone("odin", odins)
			_, err := p.startPhone(tc.handle, tc.number, home)
			p.must(err)
			if tc.befall != nil {
				tc.befall(p)
			}
			_, err = p.finishPhone(tc.handle, wrong(p.texted(tc.number)), home)
			refusedWith(t, err, signin.ErrCode)
			_, err = p.finishPhone(tc.handle, p.texted(tc.number), home)
			refusedWith(t, err, tc.want)
		})
	}
}

func TestB3TheCodeIsNotKeptInClear(t *testing.T) {
	req.Covers(t, "R-261")
	p := newProofs(t)
	_, err := p.startPhone("odin", odins, home)
	p.must(err)
	kept := fmt.Sprintf("%+v", p.Proofs.Challenges())
	for _, secret := range []string{p.texted(odins).Reveal(), odins, "odin", home} {
		if strings.Contains(kept, secret) || strings.Contains(fmt.Sprintf("%s", p.Proofs.Challenges()), secret) {
			t.Errorf("%s is kept in clear", secret)
		}
	}
}

func TestB3WhatIsNoNumberOrNoHandleIsRefused(t *testing.T) {
	p := newProofs(t)
	for number, want := range map[string]error{
		"": account.ErrPhone, "call me": account.ErrPhone, "+1 900 234 5678": account.ErrPhone, "+1\x002025550123": account.ErrPhone,
		strings.Repeat("+1", 5000): account.ErrPhone,
	} {
		_, err := p.startPhone("odin", number, home)
		refusedWith(t, err, want)
	}
	for _, handle := range []string{"", "оdin", "o\u200bdin", strings.Repeat("o", 10_000), "<b>", "../odin"} {
		_, err := p.startPhone(handle, odins, home)
		refusedWith(t, err, account.ErrHandle)
		_, err = p.finishPhone(handle, "123456", home)
		refusedWith(t, err, signin.ErrCode)
	}
	if n := len(p.Phones.Sent()); n > 0 {
		t.Errorf("%d texts were sent", n)
	}
}

func TestTextsAreLimited(t *testing.T) {
	req.Covers(t, "R-092")
	number := func(i int) string { return fmt.Sprintf("+1202555%04d", i) }
	source := func(i int) string { return fmt.Sprintf("198.51.%d.%d", i/200, i%200) }
	handle := func(i int) string { return fmt.Sprintf("h%d", i) }
	ceiling := func(n int) change {
		return func(_ *signin.ProofRoles, o *signin.ProofPolicy, _ *signin.SignUpPolicy) { o.TextsHourly = n }
	}
	for name, tc := range map[string]struct {
		start   func(i int) (handle, number, source string)
		most    int
		changes []change
	}{
		"to a number, from a source": {start: func(i int) (string, string, string) { return handle(i), odins, home }, most: 5},
		"to a number":                {start: func(i int) (string, string, string) { return handle(i), odins, source(i) }, most: 10},
		"from a source":              {start: func(i int) (string, string, string) { return handle(i), number(i), home }, most: 60},
		"from a network":             {start: func(i int) (string, string, string) { return handle(i), number(i), fmt.Sprintf("2001:db8::%d", i) }, most: 60},
		"for a handle":               {start: func(i int) (string, string, string) { return "odin", number(i), source(i) }, most: 20},
		"in all":                     {start: func(i int) (string, string, string) { return handle(i), number(i), source(i) }, most: 7, changes: []change{ceiling(7)}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t, tc.changes...)
			for i := range 100 {
				h, n, s := tc.start(i)
				_, err := p.startPhone(h, n, s)
				var limit *oauth.LimitError
				if err != nil && (!errors.As(err, &limit) || limit.RetryAfter <= 0) {
					t.Fatal(err)
				}
			}
			if n := len(p.Phones.Sent()); n != tc.most {
				t.Errorf("%d texts were sent, want %d", n, tc.most)
			}
			p.Clock.Pass(time.Hour)
			h, n, s := tc.start(100)
			if _, err := p.startPhone(h, n, s); err != nil {
				t.Errorf("an hour later: %v", err)
			}
		})
	}
}

// What strangers ask for in the name of a handle does not count for its owner, nor can it be told.
func TestStrangersCannotUseUpTheTextsOfAnOwner(t *testing.T) {
	p := newProofs(t)
	p.withPhone("odin", odins)
	for i := range 40 {
		_, err := p.startPhone("odin", fmt.Sprintf("+1202555%04d", i), fmt.Sprintf("198.51.100.%d", i))
		p.must(err)
	}
	before := len(p.Phones.Sent())
	_, err := p.startPhone("odin", odins, home)
	p.must(err)
	if len(p.Phones.Sent()) != before+1 {
		t.Fatal("the owner got no code")
	}
	_, err = p.finishPhone("odin", p.texted(odins), home)
	p.must(err)
}

func TestGuessesOfASourceAreLimited(t *testing.T) {
	req.Covers(t, "R-044")
	p := newProofs(t)
	p.failures.Most = 10
	for i := range 10 {
		_, err := p.finishPhone(fmt.Sprintf("h%d", i), "000000", "2001:db8::1")
		refusedWith(t, err, signin.ErrCode)
	}
	_, err := p.finishPhone("odin", "000000", "2001:db8::2")
	var limit *oauth.LimitError
	if !errors.As(err, &limit) {
		t.Errorf("the eleventh: %v", err)
	}
}

func TestACodeWorksOnceAlsoAtOnce(t *testing.T) {
	p := newProofs(t)
	p.withPhone("odin", odins)
	_, err := p.startPhone("odin", odins, home)
	p.must(err)
	var signedIn atomic.Int32
	var all sync.WaitGroup
	code := p.texted(odins)
	for range 5 {
		all.Go(func() {
			_, err := p.finishPhone("odin", code, home)
			if err == nil {
				signedIn.Add(1)
			}
		})
	}
	all.Wait()
	if signedIn.Load() != 1 {
		t.Errorf("%d signed in with one code", signedIn.Load())
	}
}

func TestOfTwoWhoBecomeOneHandleOneDoes(t *testing.T) {
	p := newProofs(t)
	for _, number := range []string{odins, lokis} {
		_, err := p.startPhone("freya", number, home)
		p.must(err)
	}
	_, err := p.finishPhone("freya", p.texted(lokis), home)
	p.must(err)
	_, err = p.finishPhone("freya", p.texted(odins), home)
	refusedWith(t, err, signin.ErrHandleTaken)
}

func TestAnOutageOfTextsIsNoRefusal(t *testing.T) {
	req.Covers(t, "R-017")
	p, broken := newProofs(t), errors.New("the gateway is away")
	p.Phones.Fail(broken)
	_, err := p.startPhone("odin", odins, home)
	var refusal *oauth.Error
	if !errors.Is(err, broken) || errors.As(err, &refusal) || strings.Contains(err.Error(), odins) {
		t.Errorf("got %v", err)
	}
	p.Phones.Fail(nil)
	p.Store.Fail(ports.ErrOverloaded)
	if _, err = p.startPhone("odin", odins, home); !errors.Is(err, ports.ErrOverloaded) {
		t.Errorf("got %v", err)
	}
	if _, err = p.finishPhone("odin", "123456", home); !errors.Is(err, ports.ErrOverloaded) || p.failures.Failures(home) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestAWayThatIsNotSetUpIsNotOffered(t *testing.T) {
	p := newProofs(t, withoutTexts, withoutMail)
	_, err := p.startPhone("odin", odins, home)
	refusedWith(t, err, signin.ErrNotOffered)
	_, err = p.emailStart.Execute(t.Context(), signin.EmailStartCommand{Email: "odin@example.org"})
	refusedWith(t, err, signin.ErrNotOffered)
	if p.phoneStart.Offered() || p.emailStart.Offered() || p.resetStart.Offered() || p.contactStart.Offered(account.Phone) || !p.signUp.Offered() || p.signUp.NeedsEmail() {
		t.Error("it says that it is")
	}
}
