package signin

import (
	"context"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ContactStartCommand asks for a code to an address that a signed-in person wants to add or to
// verify. Source is where the request came from.
type ContactStartCommand struct {
	Visitor   session.Visitor
	Kind      account.ContactKind
	Address   string // as a person wrote it
	Languages []string
	Source    string
}

// ContactStart sends a code to an address that is to become an account's.
type ContactStart struct{ prover *Prover }

// NewContactStart wires the use case.
func NewContactStart(p *Prover) *ContactStart { return &ContactStart{p} }

// Offered reports whether an address of a kind can be proven.
func (uc *ContactStart) Offered(kind account.ContactKind) bool {
	return kind == account.Email && uc.prover.OffersMail() || kind == account.Phone && uc.prover.OffersTexts()
}

// Execute sends the code, whether or not another account uses the address. It needs somebody who
// signed in a short while ago, for whoever has an address of an account can sign in to it.
func (uc *ContactStart) Execute(ctx context.Context, cmd ContactStartCommand) (Posed, error) {
	p := uc.prover
	if !uc.Offered(cmd.Kind) {
		return Posed{}, ErrNotOffered
	}
	err := cmd.Visitor.Fresh(p.Clock.Now())
	if err != nil {
		return Posed{}, err
	}
	m := matter{Purpose: forContact, Kind: cmd.Kind, Account: cmd.Visitor.Account}
	m.Value, err = p.normal(cmd.Kind, cmd.Address)
	if err != nil {
		return Posed{}, err
	}
	if cmd.Kind == account.Email {
		return p.write(ctx, m, letter{
			languages: cmd.Languages, source: cmd.Source, say: func(bool) phrase { return phraseContact },
		})
	}
	err = p.admit(ctx, m.Kind, m.Value, cmd.Source)
	if err != nil {
		return Posed{}, err
	}
	a, err := p.pose(ctx, m, "", cmd.Source)
	if err != nil {
		return Posed{}, err
	}
	return Posed{a.id}, p.text(ctx, m.Value, cmd.Languages, a.code)
}

// normal is the one form of an address.
func (p *Prover) normal(kind account.ContactKind, address string) (string, error) {
	if kind == account.Email {
		return account.NormalEmail(address)
	}
	number, err := p.Numbers.Normal(address)
	if err != nil {
		return "", account.ErrPhone
	}
	return number, nil
}

// ContactFinishCommand answers with the code.
type ContactFinishCommand struct {
	Visitor   session.Visitor
	Kind      account.ContactKind
	ID        oauth.Secret
	Code      oauth.Secret
	Languages []string
	Source    string
}

// ContactFinish makes a proven address an account's.
type ContactFinish struct {
	prover *Prover
	ledger ports.Ledger
}

// NewContactFinish wires the use case.
func NewContactFinish(p *Prover, l ports.Ledger) *ContactFinish { return &ContactFinish{p, l} }

// Execute adds the address, or verifies it if it is there. That another account uses it is told to
// whoever has proven it, and to nobody else.
func (uc *ContactFinish) Execute(ctx context.Context, cmd ContactFinishCommand) error {
	if err := cmd.Visitor.Fresh(uc.prover.Clock.Now()); err != nil {
		return err
	}
	found, err := uc.prover.check(ctx, answer{purpose: forContact, id: cmd.ID, code: cmd.Code, source: cmd.Source})
	if err != nil {
		return err
	}
	if found.Account != cmd.Visitor.Account || found.Kind != cmd.Kind {
		return ErrCode
	}
	err = uc.prover.spend(ctx, found)
	if err != nil {
		return err
	}
	a, s := account.Named(cmd.Visitor.Account), session.Named(cmd.Visitor.Session)
	var before account.State
	err = uc.ledger.Decide(ctx, func() error {
		at := uc.prover.Clock.Now()
		if !s.Live(at) || a.Served() != nil || !a.Recognises(s.View().AuthTime) {
			return session.ErrNotSignedIn
		}
		before = a.View()
		return a.AddContact(found.contact(), at)
	}, a, s)
	if err == nil {
		uc.prover.tell(ctx, before, cmd.Languages, phraseAdded)
	}
	return takenAs(err)
}
