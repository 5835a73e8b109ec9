package signin

import (
	"context"

	"writ/domain/account"
	"writ/domain/oauth"
)

// PhoneFinishCommand answers with the code. ID is that of the start: with it, nobody else can use
// up the tries.
type PhoneFinishCommand struct {
	Handle string
	ID     oauth.Secret // or empty: any challenge of the handle
	Code   oauth.Secret
	Visit
}

// PhoneFinish signs the holder of a phone in, and opens the account of one who has none.
type PhoneFinish struct {
	prover  *Prover
	arrival *Arrival
}

// NewPhoneFinish wires the use case.
func NewPhoneFinish(p *Prover, a *Arrival) *PhoneFinish { return &PhoneFinish{p, a} }

// Execute starts a session. What was not told at the start is told now: that the number is another
// handle's, or the handle another's.
func (uc *PhoneFinish) Execute(ctx context.Context, cmd PhoneFinishCommand) (SignedIn, error) {
	handle, err := account.NormalHandle(cmd.Handle)
	if err != nil {
		return SignedIn{}, ErrCode
	}
	found, err := uc.prover.check(ctx, answer{
		purpose: forPhone, id: cmd.ID, topic: handle, code: cmd.Code, source: cmd.Source,
	})
	if err != nil {
		return SignedIn{}, err
	}
	err = uc.prover.spend(ctx, found)
	if err != nil {
		return SignedIn{}, err
	}
	return uc.arrival.admit(ctx, found, arrival{visit: cmd.Visit, amr: amrText(), handle: handle, onlyAs: handle})
}
