package signin_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
)

func (p *proofs) startContact(v session.Visitor, kind account.ContactKind, address string) (signin.Posed, error) {
	return p.contactStart.Execute(p.t.Context(), signin.ContactStartCommand{Visitor: v, Kind: kind, Address: address, Source: home})
}

func (p *proofs) finishContact(v session.Visitor, kind account.ContactKind, id, code oauth.Secret) error {
	return p.contactFinish.Execute(p.t.Context(), signin.ContactFinishCommand{Visitor: v, Kind: kind, ID: id, Code: code, Source: home})
}

func (p *proofs) contacts(id oauth.AccountID) (all []string) {
	p.t.Helper()
	s := p.profile(id)
	for _, kind := range []account.ContactKind{account.Email, account.Phone} {
		for _, c := range s.ContactsOf(kind) {
			all = append(all, fmt.Sprintf("%s %t", c.Value.Reveal(), c.Verified))
		}
	}
	return all
}

func TestSomebodyAddsAddressesThatTheyHaveProven(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	p.ChangeAccount("odin", func(a *account.Account) error {
		return a.AddContact(account.Contact{Kind: account.Email, Value: "third@example.org"}, p.Clock.Now())
	})
	v := p.Visitor("odin")
	for address, kind := range map[string]account.ContactKind{"Second@example.org": account.Email, "third@example.org": account.Email, "+1 202 555 0123": account.Phone} {
		posed, err := p.startContact(v, kind, address)
		p.must(err)
		to := map[string]string{"Second@example.org": "second@example.org", "+1 202 555 0123": odins}[address]
		code := oauth.Secret("")
		switch {
		case kind == account.Phone:
			code = p.texted(to)
		case to == "":
			code = p.mailed(address)
		default:
			code = p.mailed(to)
		}
		refusedWith(t, p.finishContact(v, kind, idOf(posed), wrong(code)), signin.ErrCode)
		refusedWith(t, p.finishContact(v, kind, idOf(posed), code), nil)
		refusedWith(t, p.finishContact(v, kind, idOf(posed), code), signin.ErrCode)
	}
	got := map[string]bool{}
	for _, c := range p.contacts("odin") {
		got[c] = true
	}
	want := map[string]bool{"odin@example.org true": true, "second@example.org true": true, "third@example.org true": true, odins + " true": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhoMayNotAddAnAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		befall        func(*proofs, session.Visitor)
		finishAs      oauth.AccountID
		kind          account.ContactKind
		start, finish error
	}{
		"signed in long ago": {befall: func(p *proofs, _ session.Visitor) { p.Clock.Pass(session.FreshFor + time.Second) }, start: session.ErrStale},
		"another person":     {finishAs: "loki", finish: signin.ErrCode},
		"another kind":       {kind: account.Phone, finish: signin.ErrCode},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t)
			p.Account("odin", "")
			p.Account("loki", "")
			v := p.Visitor("odin")
			if tc.befall != nil {
				tc.befall(p, v)
			}
			posed, err := p.startContact(v, account.Email, "second@example.org")
			refusedWith(t, err, tc.start)
			if err != nil {
				return
			}
			kind, finisher := account.Email, v
			if tc.kind != "" {
				kind = tc.kind
			}
			if tc.finishAs != "" {
				finisher = p.Visitor(tc.finishAs)
			}
			refusedWith(t, p.finishContact(finisher, kind, idOf(posed), p.mailed("second@example.org")), tc.finish)
			if n := len(p.contacts("odin")) + len(p.contacts("loki")); n != 2 {
				t.Errorf("%d addresses", n)
			}
		})
	}
}

func TestASessionThatEndedAddsNoAddress(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	v := p.Visitor("odin")
	posed, err := p.startContact(v, account.Email, "second@example.org")
	p.must(err)
	s := session.Named(v.Session)
	p.Decide(func() error { s.End("signed_out", p.Clock.Now()); return nil }, s)
	refusedWith(t, p.finishContact(v, account.Email, idOf(posed), p.mailed("second@example.org")), session.ErrNotSignedIn)
}

// That an address is another's is told to nobody who cannot read it.
func TestAnothersAddressIsToldAfterTheProof(t *testing.T) {
	p := newProofs(t)
	p.Account("odin", "")
	p.Account("loki", "")
	v := p.Visitor("loki")
	var want map[string]int
	for _, address := range []string{odinsMail, "free@example.org"} {
		did := p.work(func() { _, err := p.startContact(v, account.Email, address); p.must(err) })
		if want == nil {
			want = did
		}
		if diff := cmp.Diff(want, did); diff != "" {
			t.Errorf("%s takes other work (-want +got):\n%s", address, diff)
		}
	}
	posed, err := p.startContact(v, account.Email, odinsMail)
	p.must(err)
	if err := p.finishContact(v, account.Email, idOf(posed), p.mailed(odinsMail)); !errors.Is(err, signin.ErrContactTaken) {
		t.Errorf("got %v", err)
	}
}
