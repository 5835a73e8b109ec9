package maintain

import (
	"context"

	"writ/domain/account"
	"writ/domain/session"
	"writ/ports"
)

// Erasure lets people end their account.
type Erasure struct {
	ledger ports.Ledger
	clock  ports.Clock
}

// NewErasure wires the use case.
func NewErasure(l ports.Ledger, c ports.Clock) *Erasure { return &Erasure{ledger: l, clock: c} }

// Execute ends a visitor's account and erases the personal data of it: in the log, too, what it said
// of the person cannot be read any more. No session and no grant of the account is served from then
// on. The visitor must have signed in a short while ago.
func (uc *Erasure) Execute(ctx context.Context, v session.Visitor) error {
	s, a := session.Named(v.Session), account.Named(v.Account)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := freshlySignedIn(v, s, a, at); err != nil {
			return err
		}
		return a.Delete(at)
	}, s, a)
}
