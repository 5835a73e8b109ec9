package signin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

const odinsMail = "odin@example.org"

func (p *proofs) startEmail(email string) (signin.Posed, error) {
	return p.emailStart.Execute(p.t.Context(), signin.EmailStartCommand{Email: email, Source: home})
}

func (p *proofs) finishEmail(id, code oauth.Secret, handle string) (signin.SignedIn, error) {
	return p.emailFinish.Execute(p.t.Context(), signin.EmailFinishCommand{
		ID: id, Code: code, Handle: handle, Visit: signin.Visit{UserAgent: "browser", Source: home},
	})
}

func idOf(p signin.Posed) oauth.Secret { return oauth.Secret(p.ID.Reveal()) }

func TestTheHolderOfAMailboxSignsInByCodeOrByLink(t *testing.T) {
	req.Covers(t, "R-084")
	for _, byLink := range []bool{false, true} {
		p := newProofs(t)
		p.Account("odin", "")
		posed, err := p.startEmail("Odin@Example.org")
		p.must(err)
		id, code := idOf(posed), p.mailed(odinsMail)
		if byLink {
			id, code = p.linked(odinsMail), ""
		}
		in, err := p.finishEmail(id, code, "")
		p.must(err)
		if diff := cmp.Diff([]string{"otp"}, p.session(in).AMR); diff != "" || in.Account != "odin" {
			t.Errorf("signed in as %s by %v", in.Account, p.session(in).AMR)
		}
		for _, again := range []oauth.Secret{idOf(posed), p.linked(odinsMail)} {
			_, err = p.finishEmail(again, p.mailed(odinsMail), "")
			refusedWith(t, err, signin.ErrCode)
		}
	}
}

func TestALetterSpeaksTheLanguageOfItsReader(t *testing.T) {
	for preferred, want := range map[string]string{
		"": "Sign in to Writ", "de-AT": "Anmelden bei Writ", "fr": "Connexion à Writ", "es-MX": "Inicia sesión en Writ",
		"ja": "Writへのログイン", "ar": "تسجيل الدخول إلى Writ", "xx de": "Anmelden bei Writ", "tlh": "Sign in to Writ",
	} {
		p := newProofs(t)
		_, err := p.emailStart.Execute(t.Context(), signin.EmailStartCommand{Email: odinsMail, Languages: strings.Fields(preferred), Source: home})
		p.must(err)
		sent := p.Mailboxes.Sent()[0]
		if sent.Subject != want || len(sixDigits.FindAllString(sent.Text, -1)) != 1 || strings.Contains(sent.Text, "{") ||
			!strings.Contains(sent.Text, "https://writ.test/login/link?token=") {
			t.Errorf("%q: %q\n%s", preferred, sent.Subject, sent.Text)
		}
	}
}

func TestTheHolderOfAnUnknownMailboxChoosesAHandle(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	posed, err := p.startEmail("freya@example.org")
	p.must(err)
	code := p.mailed("freya@example.org")
	for _, step := range []struct {
		handle string
		want   error
	}{{"", signin.ErrHandleNeeded}, {"odin", signin.ErrHandleTaken}, {"fre ya", account.ErrHandle}, {"Freya", nil}, {"freya", signin.ErrCode}} {
		_, err := p.finishEmail(idOf(posed), code, step.handle)
		refusedWith(t, err, step.want)
	}
	posed, err = p.startEmail("freya@example.org")
	p.must(err)
	in, err := p.finishEmail(idOf(posed), p.mailed("freya@example.org"), "")
	p.must(err)
	if s := p.profile(in.Account); s.Profile.Handle.Reveal() != "freya" || !s.Profile.EmailVerified {
		t.Errorf("the account is %+v", s)
	}
}

func TestACodeByEmailIsHardToAbuse(t *testing.T) {
	req.Covers(t, "R-044", "R-092")
	for name, tc := range map[string]struct {
		befall  func(*proofs)
		changes []change
		id      func(*proofs, signin.Posed) oauth.Secret
		code    func(oauth.Secret) oauth.Secret
		want    error
	}{
		"the right code": {},
		"a wrong code":   {code: wrong, want: signin.ErrCode},
		"too late":       {befall: func(p *proofs) { p.Clock.Pass(signin.CodeLifetime) }, want: signin.ErrCode},
		"no id":          {id: func(*proofs, signin.Posed) oauth.Secret { return "" }, want: signin.ErrCode},
		"another's id":   {id: func(p *proofs, _ signin.Posed) oauth.Secret { return p.other() }, want: signin.ErrCode},
		"a forged link": {id: func(p *proofs, q signin.Posed) oauth.Secret {
			return oauth.Secret(p.Keys.Mint(oauth.ChallengeLink, q.ID.ID(), 0, [32]byte{9}).Reveal())
		}, want: signin.ErrCode},
		"the address was taken away": {befall: func(p *proofs) { p.giveAway() }, want: signin.ErrHandleNeeded},
		"suspended": {befall: func(p *proofs) {
			p.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(p.Clock.Now()) })
		}, want: account.ErrNotServed},
		"the address was taken away, closed": {befall: func(p *proofs) { p.giveAway() }, changes: []change{closedForNew}, want: signin.ErrSignUpClosed},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t, tc.changes...)
			p.Account("odin", "")
			posed, err := p.startEmail(odinsMail)
			p.must(err)
			id, code := idOf(posed), p.mailed(odinsMail)
			if tc.befall != nil {
				tc.befall(p)
			}
			if tc.id != nil {
				id = tc.id(p, posed)
			}
			if tc.code != nil {
				code = tc.code(code)
			}
			_, err = p.finishEmail(id, code, "")
			refusedWith(t, err, tc.want)
		})
	}
}

// other is the id of a proof of somebody else.
func (p *proofs) other() oauth.Secret {
	posed, err := p.startEmail("loki@example.org")
	p.must(err)
	return idOf(posed)
}

// giveAway takes the address from its account.
func (p *proofs) giveAway() {
	p.ChangeAccount("odin", func(a *account.Account) error { return a.RemoveContact(account.Email, odinsMail, p.Clock.Now()) })
}

func TestAnAddressThatIsNotVerifiedSignsNobodyIn(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	p.ChangeAccount("odin", func(a *account.Account) error {
		return a.AddContact(account.Contact{Kind: account.Email, Value: "freya@example.org"}, p.Clock.Now())
	})
	posed, err := p.startEmail("freya@example.org")
	p.must(err)
	in, err := p.finishEmail(idOf(posed), p.mailed("freya@example.org"), "freya")
	if err != nil || in.Account == "odin" {
		t.Errorf("signed in as %s, %v", in.Account, err)
	}
}

func TestEveryStartByEmailTakesTheSameWork(t *testing.T) {
	req.Covers(t, "R-041")
	p := newProofs(t)
	p.Account("odin", "")
	p.Account("thor", "")
	p.ChangeAccount("thor", func(a *account.Account) error { return a.Suspend(p.Clock.Now()) })
	for name, start := range map[string]func(email string) error{
		"sign-in": func(email string) error { _, err := p.startEmail(email); return err },
		"reset": func(email string) error {
			_, err := p.resetStart.Execute(t.Context(), signin.ResetStartCommand{Email: email, Source: home})
			return err
		},
		"sign-up": func(email string) error {
			got, err := p.signUp.Execute(t.Context(), signUpAs("freya", email))
			if err == nil && !got.Waits() {
				t.Error("an account before any proof")
			}
			return err
		},
	} {
		var want map[string]int
		facts := len(p.Store.Facts())
		for _, email := range []string{odinsMail, "thor@example.org", "nobody@example.org"} {
			did := p.work(func() { p.must(start(email)) })
			if want == nil {
				want = did
			}
			if diff := cmp.Diff(want, did); diff != "" || did["messages"] != 1 {
				t.Errorf("%s of %s takes other work (-want +got):\n%s", name, email, diff)
			}
		}
		if n := len(p.Store.Facts()); n != facts {
			t.Errorf("%s: %d facts were recorded", name, n-facts)
		}
	}
}

func TestLettersAreLimited(t *testing.T) {
	req.Covers(t, "R-092")
	for name, tc := range map[string]struct {
		start func(p *proofs, i int) error
		most  int
	}{
		"to an address": {func(p *proofs, i int) error {
			_, err := p.emailStart.Execute(t.Context(), signin.EmailStartCommand{Email: odinsMail, Source: fmt.Sprintf("192.0.2.%d", i)})
			return err
		}, 10},
		"from a source": {func(p *proofs, i int) error { _, err := p.startEmail(fmt.Sprintf("a%d@example.org", i)); return err }, 60},
		"of all kinds, to an address": {func(p *proofs, i int) error {
			_, err := p.startEmail(odinsMail)
			if err == nil {
				_, err = p.resetStart.Execute(t.Context(), signin.ResetStartCommand{Email: odinsMail, Source: home})
			}
			return err
		}, 5},
		"about an account, to all of its addresses": {func(p *proofs, i int) error {
			_, err := p.emailStart.Execute(t.Context(), signin.EmailStartCommand{Email: fmt.Sprintf("odin%d@example.org", i%9), Source: fmt.Sprintf("192.0.2.%d", i)})
			return err
		}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t)
			p.Account("odin", "")
			for i := range 9 {
				p.ChangeAccount("odin", func(a *account.Account) error {
					return a.AddContact((account.Contact{Kind: account.Email, Value: personal("odin%d@example.org", i), Verified: true}), p.Clock.Now())
				})
			}
			for i := range 80 {
				var limit *oauth.LimitError
				if err := tc.start(p, i); err != nil && !errors.As(err, &limit) {
					t.Fatal(err)
				}
			}
			if n := len(p.Mailboxes.Sent()); n != tc.most {
				t.Errorf("%d letters were sent, want %d", n, tc.most)
			}
			p.later()
			p.must(tc.start(p, 0))
		})
	}
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	p := newProofs(t)
	for _, email := range []string{"", "odin", "odin@", "@x", "o din@x.org", "odin@x.org\r\nBcc: y@x.org", "оdin@example.org", strings.Repeat("a", 10_000) + "@x.org"} {
		_, err := p.startEmail(email)
		refusedWith(t, err, account.ErrEmail)
		_, err = p.resetStart.Execute(t.Context(), signin.ResetStartCommand{Email: email})
		refusedWith(t, err, account.ErrEmail)
	}
	if n := len(p.Mailboxes.Sent()); n > 0 {
		t.Errorf("%d letters were sent", n)
	}
}

func TestAnOutageOfMailIsNoRefusal(t *testing.T) {
	req.Covers(t, "R-017")
	p, broken := newProofs(t), errors.New("the mail server is away")
	p.Mailboxes.Fail(broken)
	_, err := p.startEmail(odinsMail)
	var refusal *oauth.Error
	if !errors.Is(err, broken) || errors.As(err, &refusal) || strings.Contains(err.Error(), "odin") {
		t.Errorf("got %v", err)
	}
}

// One challenge is for one thing.
func TestACodeForOneThingIsNoneForAnother(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	visitor := p.Visitor("odin")
	for name, try := range map[string]func(id, code oauth.Secret) error{
		"a reset": func(id, code oauth.Secret) error {
			_, err := p.finishReset(id, code, "correct horse")
			return err
		},
		"a sign-up": func(id, code oauth.Secret) error {
			_, err := p.signUpFinish.Execute(t.Context(), signin.SignUpFinishCommand{ID: id, Code: code})
			return err
		},
		"a phone": func(id, code oauth.Secret) error {
			_, err := p.phoneFinish.Execute(t.Context(), signin.PhoneFinishCommand{Handle: "odin", ID: id, Code: code})
			return err
		},
		"a contact": func(id, code oauth.Secret) error { return p.finishContact(visitor, account.Email, id, code) },
	} {
		p.later()
		visitor = p.Visitor("odin")
		posed, err := p.startEmail(odinsMail)
		p.must(err)
		code := p.mailed(odinsMail)
		for _, id := range []oauth.Secret{idOf(posed), p.linked(odinsMail)} {
			if err := try(id, code); !errors.Is(err, signin.ErrCode) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err = p.finishEmail(idOf(posed), code, ""); err != nil {
			t.Errorf("after %s it is %v for what it is", name, err)
		}
	}
}
