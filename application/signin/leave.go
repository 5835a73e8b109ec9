package signin

import (
	"context"

	"writ/domain/session"
	"writ/ports"
)

// LeaveCommand ends a visitor's session.
type LeaveCommand struct{ Visitor session.Visitor }

// Leave signs people out.
type Leave struct {
	ledger ports.Ledger
	clock  ports.Clock
}

// NewLeave wires the use case.
func NewLeave(l ports.Ledger, c ports.Clock) *Leave { return &Leave{ledger: l, clock: c} }

// Execute ends the session. Doing it again changes nothing.
func (uc *Leave) Execute(ctx context.Context, cmd LeaveCommand) error {
	s := session.Named(cmd.Visitor.Session)
	return uc.ledger.Decide(ctx, func() error {
		s.End("signed_out", uc.clock.Now())
		return nil
	}, s)
}
