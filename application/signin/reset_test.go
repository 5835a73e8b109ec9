package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

func (p *proofs) startReset(email string) signin.Posed {
	p.t.Helper()
	posed, err := p.resetStart.Execute(p.t.Context(), signin.ResetStartCommand{Email: email, Source: home})
	p.must(err)
	return posed
}

func (p *proofs) finishReset(id, code, password oauth.Secret) (signin.SignedIn, error) {
	return p.resetFinish.Execute(p.t.Context(), signin.ResetFinishCommand{ID: id, Code: code, Password: password, Visit: signin.Visit{Source: home}})
}

func TestAForgottenPasswordIsReplacedAndEndsEverySession(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	before := p.Visitor("odin")
	p.Clock.Pass(time.Minute)
	p.startReset(odinsMail)
	in, err := p.finishReset(p.linked(odinsMail), "", "correct horse battery")
	p.must(err)
	a, old, fresh := account.Named("odin"), session.Named(before.Session), session.Named(in.Session)
	p.Load(a, old, fresh)
	if a.View().Password != "hash of correct horse battery" || a.Recognises(old.View().AuthTime) || !a.Recognises(fresh.View().AuthTime) {
		t.Errorf("the account is %+v", a.View())
	}
	_, err = p.finishReset(p.linked(odinsMail), "", "another horse battery")
	refusedWith(t, err, signin.ErrCode)
}

func TestAPasswordThatIsRefusedLeavesTheCode(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	posed := p.startReset(odinsMail)
	code := p.mailed(odinsMail)
	for range 10 { // none of these counts as a try
		_, err := p.finishReset(idOf(posed), code, "short")
		refusedWith(t, err, account.ErrPasswordShort)
	}
	_, err := p.finishReset(idOf(posed), code, "odin@example.org")
	refusedWith(t, err, account.ErrPasswordOwn)
	_, err = p.finishReset(idOf(posed), code, "password1234")
	refusedWith(t, err, account.ErrPasswordFrequent)
	_, err = p.finishReset(idOf(posed), code, "correct horse battery")
	refusedWith(t, err, nil)
}

func TestWhoMayNotReplaceAPassword(t *testing.T) {
	req.Covers(t, "R-044", "R-092")
	for name, tc := range map[string]struct {
		befall func(*proofs, signin.Posed)
		code   func(oauth.Secret) oauth.Secret
		want   error
	}{
		"a wrong code": {code: wrong, want: signin.ErrCode},
		"too late":     {befall: func(p *proofs, _ signin.Posed) { p.Clock.Pass(signin.CodeLifetime) }, want: signin.ErrCode},
		"after five wrong tries": {befall: func(p *proofs, q signin.Posed) {
			for range 5 {
				_, err := p.finishReset(idOf(q), wrong(p.mailed(odinsMail)), "correct horse battery")
				refusedWith(p.t, err, signin.ErrCode)
			}
		}, want: signin.ErrCode},
		"suspended": {befall: func(p *proofs, _ signin.Posed) {
			p.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(p.Clock.Now()) })
		}, want: account.ErrNotServed},
		"the address was taken away": {befall: func(p *proofs, _ signin.Posed) { p.giveAway() }, want: signin.ErrCode},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t)
			p.Account("odin", "")
			posed := p.startReset(odinsMail)
			code := p.mailed(odinsMail)
			if tc.befall != nil {
				tc.befall(p, posed)
			}
			if tc.code != nil {
				code = tc.code(code)
			}
			_, err := p.finishReset(idOf(posed), code, "correct horse battery")
			refusedWith(t, err, tc.want)
		})
	}
}

func TestAnAddressOfNobodyIsToldThat(t *testing.T) {
	p := newProofs(t)
	p.startReset("nobody@example.org")
	letter := p.Mailboxes.Sent()[0].Text
	if sixDigits.MatchString(letter) || strings.Contains(letter, "token=") || !strings.Contains(letter, "No account uses it") {
		t.Errorf("the letter is %q", letter)
	}
	for _, c := range p.Proofs.Challenges() {
		id := p.Keys.Mint(oauth.ChallengeID, c.ID, 0, [32]byte{})
		_, err := p.finishReset(oauth.Secret(id.Reveal()), "000000", "correct horse battery")
		refusedWith(t, err, signin.ErrCode)
	}
}

func TestTheOwnerIsToldWhatWasDone(t *testing.T) {
	for _, broken := range []error{nil, errors.New("the mail server is away")} {
		p := newProofs(t)
		p.Account("odin", "")
		p.startReset(odinsMail)
		link := p.linked(odinsMail)
		p.Mailboxes.Fail(broken)
		_, err := p.finishReset(link, "", "correct horse battery")
		p.must(err) // what is done stays done, whoever can be told
		v := p.Visitor("odin")
		p.Mailboxes.Fail(nil)
		posed, err := p.startContact(v, account.Email, "second@example.org")
		p.must(err)
		code := p.mailed("second@example.org")
		p.Mailboxes.Fail(broken)
		p.must(p.finishContact(v, account.Email, idOf(posed), code))
		var told []string
		for _, letter := range p.Mailboxes.Sent() {
			if letter.To == odinsMail && !strings.Contains(letter.Text, "token=") {
				told = append(told, letter.Subject)
			}
		}
		want := []string{"Your password for Writ was replaced", "An address was added to your account at Writ"}
		if broken != nil {
			want = nil
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	}
}
