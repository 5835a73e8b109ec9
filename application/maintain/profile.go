package maintain

import (
	"context"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/session"
	"writ/ports"
)

// Profile lets people see and change what is told of them.
type Profile struct {
	ledger ports.Ledger
	clock  ports.Clock
}

// NewProfile wires the use case.
func NewProfile(l ports.Ledger, c ports.Clock) *Profile { return &Profile{ledger: l, clock: c} }

// Show gives a visitor's account as it is now.
func (uc *Profile) Show(ctx context.Context, v session.Visitor) (account.State, error) {
	a := account.Named(v.Account)
	err := uc.ledger.Load(ctx, a)
	return a.View(), err
}

// Facts are what people may say of themselves without proof. Addresses that they are reached at are
// none of these.
type Facts struct {
	Handle  string
	Name    string
	Details account.Details
	Address account.Address
}

func factsOf(p account.Profile) Facts {
	return Facts{Handle: p.Handle.Reveal(), Name: p.Name.Reveal(), Details: p.Details, Address: p.Address}
}

func (f Facts) in(p account.Profile) account.Profile {
	p.Handle, p.Name = event.Personal(f.Handle), event.Personal(f.Name)
	p.Details, p.Address = f.Details, f.Address
	return p
}

// Change lets edit change what is known of a visitor, and keeps what comes of it; edit may be called
// more than once. Another handle, by which one signs in, takes somebody who signed in a short while
// ago; one that is another's is a *ports.TakenError.
func (uc *Profile) Change(ctx context.Context, v session.Visitor, edit func(*Facts)) (account.State, error) {
	s, a := session.Named(v.Session), account.Named(v.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		err := signedIn(s, a, at)
		if err != nil {
			return err
		}
		before := a.View().Profile
		facts := factsOf(before)
		edit(&facts)
		handle, err := account.NormalHandle(facts.Handle)
		switch {
		case err != nil:
			return err
		case handle != before.Handle.Reveal() && v.Fresh(at) != nil:
			return session.ErrStale
		}
		return a.SetProfile(facts.in(before), at)
	}, s, a)
	return a.View(), err
}
