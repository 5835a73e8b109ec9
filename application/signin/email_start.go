package signin

import (
	"context"

	"writ/domain/account"
)

// EmailStartCommand asks for a code by e-mail. Source is where the request came from.
type EmailStartCommand struct {
	Email     string
	Handle    string // of the account to open if the address has none; may be chosen later
	Languages []string
	Source    string
}

// EmailStart sends a code and a link to a mailbox, so that its holder can sign in.
type EmailStart struct{ prover *Prover }

// NewEmailStart wires the use case.
func NewEmailStart(p *Prover) *EmailStart { return &EmailStart{p} }

// Execute sends the letter, whether or not an account uses the address, and tells nothing of it.
func (uc *EmailStart) Execute(ctx context.Context, cmd EmailStartCommand) (Posed, error) {
	m := matter{Purpose: forEmail, Kind: account.Email}
	var err error
	if cmd.Handle != "" {
		m.Handle, err = account.NormalHandle(cmd.Handle)
	}
	if err != nil {
		return Posed{}, err
	}
	m.Value, err = account.NormalEmail(cmd.Email)
	if err != nil {
		return Posed{}, err
	}
	return uc.prover.write(ctx, m, letter{
		languages: cmd.Languages, source: cmd.Source, page: uc.prover.Links.SignIn,
		say: func(bool) phrase { return phraseSignIn },
	})
}

// Offered reports whether there is this way to sign in.
func (uc *EmailStart) Offered() bool { return uc.prover.OffersMail() }

// letter is how a challenge is sent by e-mail.
type letter struct {
	languages []string
	source    string
	page      string                  // that a link leads to
	say       func(known bool) phrase // what, to an address that an account uses or that none does
	void      func(known bool) bool   // whether nobody is to be told an answer; nil: never
}

// write poses a challenge and sends one letter about it, whoever uses the address: the same work,
// so that nothing can be told from how long it takes.
func (p *Prover) write(ctx context.Context, m matter, l letter) (Posed, error) {
	if !p.OffersMail() {
		return Posed{}, ErrNotOffered
	}
	err := p.admit(ctx, m.Kind, m.Value, l.source)
	if err != nil {
		return Posed{}, err
	}
	owner, err := p.holder(ctx, m.unique())
	if err != nil {
		return Posed{}, err
	}
	about := "address " + m.Value
	if owner != "" {
		about = "account " + string(owner)
	}
	allowed, err := p.allows(ctx, about)
	if err != nil {
		return Posed{}, err
	}
	m.Void = l.void != nil && l.void(owner != "")
	a, err := p.pose(ctx, m, "", l.source)
	if err != nil {
		return Posed{}, err
	}
	if allowed {
		err = p.post(ctx, m.Value, l, l.say(owner != ""), a)
	}
	return Posed{a.id}, err
}
