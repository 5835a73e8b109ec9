package signin

import (
	"context"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// PasswordChangeCommand replaces the password of somebody who is signed in.
type PasswordChangeCommand struct {
	Visitor   session.Visitor
	Present   oauth.Secret // empty only where there is no password yet
	Next      oauth.Secret
	Languages []string // of the letter about it, the best first
	Visit
}

// ErrPresentPassword refuses to change a password for somebody who does not know it.
var ErrPresentPassword = oauth.Refuse(oauth.AccessDenied, "the present password is wrong")

// PasswordChange replaces passwords. It is a way to sign in, too: every session ends, and one begins
// in the browser that asked.
type PasswordChange struct {
	ledger    ports.Ledger
	passwords ports.Passwords
	common    ports.FrequentPasswords
	attempts  Attempts
	clock     ports.Clock
	start     starter
	prover    *Prover // nil: nobody is told
}

// NewPasswordChange wires the use case.
func NewPasswordChange(l ports.Ledger, p ports.Passwords, cp ports.FrequentPasswords, at Attempts, k oauth.TokenKeys, c ports.Clock, e ports.Entropy) *PasswordChange {
	return &PasswordChange{ledger: l, passwords: p, common: cp, attempts: at, clock: c, start: starter{l, k, c, e}}
}

// TellBy lets whoever has a verified address hear of the new password there, so that nobody else
// replaces it unnoticed.
func (uc *PasswordChange) TellBy(p *Prover) *PasswordChange {
	uc.prover = p
	return uc
}

// Execute replaces the password. Whoever has one must know it, and is limited as at signing in;
// whoever has none must have signed in a short while ago.
func (uc *PasswordChange) Execute(ctx context.Context, cmd PasswordChangeCommand) (SignedIn, error) {
	a := account.Named(cmd.Visitor.Account)
	err := uc.ledger.Load(ctx, a)
	if err != nil {
		return SignedIn{}, err
	}
	err = uc.prove(ctx, a, cmd)
	if err != nil {
		return SignedIn{}, err
	}
	err = account.CheckPassword(cmd.Next, a.View().Profile, uc.common.Frequent(cmd.Next.Reveal()))
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := uc.passwords.Hash(ctx, cmd.Next.Reveal())
	if err != nil {
		return SignedIn{}, err
	}
	in, err := uc.replace(ctx, a, cmd, hash)
	if err == nil && uc.prover != nil {
		uc.prover.tell(ctx, a.View(), cmd.Languages, phraseReplaced)
	}
	return in, err
}

func (uc *PasswordChange) prove(ctx context.Context, a *account.Account, cmd PasswordChangeCommand) error {
	if a.View().Password == "" {
		return cmd.Visitor.Fresh(uc.clock.Now())
	}
	handle := a.View().Profile.Handle.Reveal()
	err := uc.attempts.admit(handle, cmd.Source, uc.clock.Now())
	if err != nil {
		return err
	}
	right, err := uc.passwords.Verify(ctx, a.View().Password.Reveal(), cmd.Present.Reveal())
	if err == nil {
		err = uc.attempts.admit(handle, cmd.Source, uc.clock.Now())
	}
	switch {
	case err != nil:
		return err
	case !right:
		uc.attempts.count(handle, cmd.Source, uc.clock.Now())
		return ErrPresentPassword
	default:
		return nil
	}
}

// replace begins a session that is known by the password: whoever chooses one knows it.
func (uc *PasswordChange) replace(ctx context.Context, a *account.Account, cmd PasswordChangeCommand, hash string) (SignedIn, error) {
	s, compared := session.Named(cmd.Visitor.Session), a.View().Password
	return uc.start.start(ctx, a, proof{amr: amrPassword(), visit: cmd.Visit, also: []event.Aggregate{s}, decide: func() error {
		at := uc.clock.Now()
		switch {
		case !s.Live(at), a.Served() != nil, !a.Recognises(s.View().AuthTime):
			return session.ErrNotSignedIn
		case a.View().Password != compared:
			return ErrPresentPassword
		}
		s.End("password_changed", at)
		return a.SetPassword(hash, at)
	}})
}
