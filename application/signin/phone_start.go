package signin

import (
	"context"

	"writ/domain/account"
)

// PhoneStartCommand asks for a code by text. Source is where the request came from.
type PhoneStartCommand struct {
	Handle    string // whom to sign in, or who to become
	Number    string // as a person wrote it
	Languages []string
	Source    string
}

// PhoneStart sends a code to a phone, so that its holder can sign in.
type PhoneStart struct{ prover *Prover }

// NewPhoneStart wires the use case.
func NewPhoneStart(p *Prover) *PhoneStart { return &PhoneStart{p} }

// Execute sends the code, whether or not the number and the handle are known, and tells nothing of
// either. No account is opened before the code is proven. A new code replaces none.
func (uc *PhoneStart) Execute(ctx context.Context, cmd PhoneStartCommand) (Posed, error) {
	p := uc.prover
	if !p.OffersTexts() {
		return Posed{}, ErrNotOffered
	}
	handle, err := account.NormalHandle(cmd.Handle)
	if err != nil {
		return Posed{}, err
	}
	m := matter{Purpose: forPhone, Kind: account.Phone, Handle: handle}
	m.Value, err = p.Numbers.Normal(cmd.Number)
	if err != nil {
		return Posed{}, account.ErrPhone
	}
	err = p.admit(ctx, m.Kind, m.Value, cmd.Source)
	if err != nil {
		return Posed{}, err
	}
	allowed, err := uc.allows(ctx, m)
	if err != nil {
		return Posed{}, err
	}
	a, err := p.pose(ctx, m, handle, cmd.Source)
	if err != nil {
		return Posed{}, err
	}
	if allowed {
		err = p.text(ctx, m.Value, cmd.Languages, a.code)
	}
	return Posed{a.id}, err
}

// allows counts texts about an account apart from those that strangers ask for in its name.
func (uc *PhoneStart) allows(ctx context.Context, m matter) (bool, error) {
	owner, err := uc.prover.holder(ctx, m.unique())
	if err != nil {
		return false, err
	}
	named, err := uc.prover.holder(ctx, handleKey(m.Handle))
	if err != nil {
		return false, err
	}
	about := "handle " + m.Handle
	if owner != "" && owner == named {
		about = "account " + string(owner)
	}
	return uc.prover.allows(ctx, about)
}

// Offered reports whether there is this way to sign in.
func (uc *PhoneStart) Offered() bool { return uc.prover.OffersTexts() }

// amrText is how somebody signed in with a code by text (RFC 8176 §2).
func amrText() []string { return []string{"otp", "sms"} }

// amrMail is how somebody signed in with a code or a link by e-mail.
func amrMail() []string { return []string{"otp"} }
