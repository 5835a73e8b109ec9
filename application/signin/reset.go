package signin

import (
	"context"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// ResetStartCommand asks for a new password. Source is where the request came from.
type ResetStartCommand struct {
	Email     string
	Languages []string
	Source    string
}

// ResetStart sends a code and a link to the mailbox of somebody who has forgotten the password.
type ResetStart struct{ prover *Prover }

// NewResetStart wires the use case.
func NewResetStart(p *Prover) *ResetStart { return &ResetStart{p} }

// Offered reports whether a password can be replaced by e-mail.
func (uc *ResetStart) Offered() bool { return uc.prover.OffersMail() }

// Execute sends a letter, whether or not an account uses the address: to one that none uses it says
// so, there and nowhere else.
func (uc *ResetStart) Execute(ctx context.Context, cmd ResetStartCommand) (Posed, error) {
	address, err := account.NormalEmail(cmd.Email)
	if err != nil {
		return Posed{}, err
	}
	return uc.prover.write(ctx, matter{Purpose: forReset, Kind: account.Email, Value: address}, letter{
		languages: cmd.Languages, source: cmd.Source, page: uc.prover.Links.Reset,
		say:  func(known bool) phrase { return either(known, phraseReset, phraseUnknown) },
		void: func(known bool) bool { return !known },
	})
}

// ResetFinishCommand answers with the code, or with the token of the link alone, and the new password.
type ResetFinishCommand struct {
	ID        oauth.Secret // of the start; or the token of the link
	Code      oauth.Secret // not with the token of the link
	Password  oauth.Secret
	Languages []string
	Visit
}

// ResetFinish replaces the password of somebody who has proven the address.
type ResetFinish struct {
	prover    *Prover
	ledger    ports.Ledger
	passwords ports.Passwords
	common    ports.FrequentPasswords
	start     starter
}

// NewResetFinish wires the use case.
func NewResetFinish(p *Prover, l ports.Ledger, h ports.Passwords, c ports.FrequentPasswords) *ResetFinish {
	return &ResetFinish{prover: p, ledger: l, passwords: h, common: c, start: starter{l, p.Keys, p.Clock, p.Entropy}}
}

// Execute replaces the password, ends every session that was there, and starts one. A password
// that is refused leaves the code to be used again.
func (uc *ResetFinish) Execute(ctx context.Context, cmd ResetFinishCommand) (SignedIn, error) {
	common := uc.common.Frequent(cmd.Password.Reveal())
	err := account.CheckPassword(cmd.Password, account.Profile{}, common) // before a try is counted
	if err != nil {
		return SignedIn{}, err
	}
	found, err := uc.prover.check(ctx, answer{purpose: forReset, id: cmd.ID, code: cmd.Code, source: cmd.Source})
	if err != nil {
		return SignedIn{}, err
	}
	a, err := uc.owner(ctx, found)
	if err != nil {
		return SignedIn{}, err
	}
	err = account.CheckPassword(cmd.Password, a.View().Profile, common)
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := uc.passwords.Hash(ctx, cmd.Password.Reveal())
	if err != nil {
		return SignedIn{}, err
	}
	err = uc.prover.spend(ctx, found)
	if err != nil {
		return SignedIn{}, err
	}
	in, err := uc.start.start(ctx, a, proof{amr: amrMail(), visit: cmd.Visit, decide: func() error {
		switch {
		case a.Served() != nil:
			return account.ErrNotServed
		case !holds(a, found.matter):
			return ErrCode
		default:
			return a.SetPassword(hash, uc.prover.Clock.Now())
		}
	}})
	if err == nil {
		uc.prover.tell(ctx, a.View(), cmd.Languages, phraseReplaced)
	}
	return in, err
}

// owner loads the account that uses the address.
func (uc *ResetFinish) owner(ctx context.Context, found proven) (*account.Account, error) {
	id, err := uc.prover.holder(ctx, found.unique())
	if err == nil && id == "" {
		err = ErrCode
	}
	if err != nil {
		return nil, err
	}
	a := account.Named(id)
	err = uc.ledger.Load(ctx, a)
	if err == nil && a.Served() != nil {
		err = account.ErrNotServed
	}
	return a, err
}
