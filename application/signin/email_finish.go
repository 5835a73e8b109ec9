package signin

import (
	"cmp"
	"context"

	"writ/domain/oauth"
)

// EmailFinishCommand answers with the code, or with the token of the link alone.
type EmailFinishCommand struct {
	ID     oauth.Secret // of the start; or the token of the link
	Code   oauth.Secret // not with the token of the link
	Handle string       // of the account to open if the address has none; empty: that of the start
	Visit
}

// EmailFinish signs the holder of a mailbox in, and opens the account of one who has none.
type EmailFinish struct {
	prover  *Prover
	arrival *Arrival
}

// NewEmailFinish wires the use case.
func NewEmailFinish(p *Prover, a *Arrival) *EmailFinish { return &EmailFinish{p, a} }

// Execute starts a session. ErrHandleNeeded and ErrHandleTaken leave the code to be used again with
// another handle.
func (uc *EmailFinish) Execute(ctx context.Context, cmd EmailFinishCommand) (SignedIn, error) {
	found, err := uc.prover.check(ctx, answer{purpose: forEmail, id: cmd.ID, code: cmd.Code, source: cmd.Source})
	if err != nil {
		return SignedIn{}, err
	}
	handle := cmp.Or(cmd.Handle, found.Handle)
	err = uc.arrival.ready(ctx, found, handle)
	if err != nil {
		return SignedIn{}, err
	}
	err = uc.prover.spend(ctx, found)
	if err != nil {
		return SignedIn{}, err
	}
	return uc.arrival.admit(ctx, found, arrival{visit: cmd.Visit, amr: amrMail(), handle: handle})
}
