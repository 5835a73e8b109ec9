package signin

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// signUpsSource is how many accounts may be asked for from one source in an hour.
const signUpsSource = 30

// SignUpCommand opens an account with a handle and a password.
type SignUpCommand struct {
	Handle    string
	Password  oauth.Secret
	Name      string
	Email     string // needed where letters are sent; elsewhere kept as one that is not verified
	Languages []string
	Visit
}

// SignedUp is either a session, or a proof that is waited for: then there is no account yet.
type SignedUp struct {
	SignedIn
	Posed
}

// Waits reports whether the address has to be proven first.
func (s SignedUp) Waits() bool { return !s.ID.IsZero() }

// ErrEmailNeeded refuses to open an account without an address, where letters are sent.
var ErrEmailNeeded = oauth.Refuse(oauth.InvalidRequest, "an e-mail address is needed, for a forgotten password")

// SignUp opens accounts.
type SignUp struct {
	prover    *Prover
	arrival   *Arrival
	passwords ports.Passwords
	common    ports.FrequentPasswords
}

// NewSignUp wires the use case.
func NewSignUp(p *Prover, a *Arrival, h ports.Passwords, c ports.FrequentPasswords) *SignUp {
	return &SignUp{prover: p, arrival: a, passwords: h, common: c}
}

// Offered reports whether people may open accounts.
func (uc *SignUp) Offered() bool { return bool(uc.arrival.open) }

// NeedsEmail reports whether an address has to be given, and proven.
func (uc *SignUp) NeedsEmail() bool { return uc.prover.OffersMail() }

// Execute opens the account and signs its owner in. Where letters are sent, it first sends a code
// to the address, and tells neither whether an account uses it nor whether the handle is taken.
func (uc *SignUp) Execute(ctx context.Context, cmd SignUpCommand) (SignedUp, error) {
	m, err := uc.read(cmd)
	if err != nil {
		return SignedUp{}, err
	}
	p := uc.prover
	err = p.take(ctx, p.allowance("sign-ups", neighbours(cmd.Source), signUpsSource, time.Hour))
	if err != nil {
		return SignedUp{}, err
	}
	if !p.OffersMail() {
		return uc.atOnce(ctx, m, cmd)
	}
	m.Hash, err = uc.passwords.Hash(ctx, cmd.Password.Reveal())
	if err != nil {
		return SignedUp{}, err
	}
	posed, err := p.write(ctx, m, letter{
		languages: cmd.Languages, source: cmd.Source, page: p.Links.SignUp,
		say:  func(known bool) phrase { return either(known, phraseKnown, phraseSignUp) },
		void: func(known bool) bool { return known },
	})
	return SignedUp{Posed: posed}, err
}

// read checks what does not depend on other accounts.
func (uc *SignUp) read(cmd SignUpCommand) (matter, error) {
	if !uc.Offered() {
		return matter{}, ErrSignUpClosed
	}
	handle, err := account.NormalHandle(cmd.Handle)
	if err != nil {
		return matter{}, err
	}
	m := matter{Purpose: forSignUp, Handle: handle, Name: cmd.Name}
	profile := account.Profile{Handle: event.Personal(handle), Name: event.Personal(cmd.Name)}
	switch {
	case cmd.Email == "" && uc.prover.OffersMail():
		return matter{}, ErrEmailNeeded
	case uc.prover.OffersMail():
		m.Kind = account.Email
		m.Value, err = account.NormalEmail(cmd.Email)
		profile.Email = event.Personal(m.Value)
	case cmd.Email != "":
		m.Unproven, err = account.NormalEmail(cmd.Email)
		profile.Email = event.Personal(m.Unproven)
	}
	if err != nil {
		return matter{}, err
	}
	err = profile.Check()
	if err != nil {
		return matter{}, err
	}
	return m, account.CheckPassword(cmd.Password, profile, uc.common.Frequent(cmd.Password.Reveal()))
}

// atOnce opens the account without an address. A handle that is taken costs no hash.
func (uc *SignUp) atOnce(ctx context.Context, m matter, cmd SignUpCommand) (SignedUp, error) {
	err := uc.arrival.free(ctx, m.Handle)
	if err != nil {
		return SignedUp{}, err
	}
	m.Hash, err = uc.passwords.Hash(ctx, cmd.Password.Reveal())
	if err != nil {
		return SignedUp{}, err
	}
	in, err := uc.arrival.welcome(ctx, proven{matter: m}, arrival{visit: cmd.Visit, amr: amrPassword(), handle: m.Handle})
	return SignedUp{SignedIn: in}, err
}

// amrPassword is how somebody signed in with a password (RFC 8176 §2).
func amrPassword() []string { return []string{"pwd"} }

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// SignUpFinishCommand answers with the code, or with the token of the link alone.
type SignUpFinishCommand struct {
	ID     oauth.Secret // of the sign-up; or the token of the link
	Code   oauth.Secret // not with the token of the link
	Handle string       // another one than before, when that was taken; or empty
	Visit
}

// SignUpFinish opens the account of somebody who has proven the address.
type SignUpFinish struct {
	prover  *Prover
	arrival *Arrival
}

// NewSignUpFinish wires the use case.
func NewSignUpFinish(p *Prover, a *Arrival) *SignUpFinish { return &SignUpFinish{p, a} }

// Execute opens the account and starts a session. ErrHandleTaken leaves the code to be used again
// with another handle.
func (uc *SignUpFinish) Execute(ctx context.Context, cmd SignUpFinishCommand) (SignedIn, error) {
	found, err := uc.prover.check(ctx, answer{purpose: forSignUp, id: cmd.ID, code: cmd.Code, source: cmd.Source})
	if err != nil {
		return SignedIn{}, err
	}
	handle := found.Handle
	if cmd.Handle != "" {
		handle = cmd.Handle
	}
	err = uc.arrival.free(ctx, handle)
	if err != nil {
		return SignedIn{}, err
	}
	err = uc.prover.spend(ctx, found)
	if err != nil {
		return SignedIn{}, err
	}
	return uc.arrival.welcome(ctx, found, arrival{visit: cmd.Visit, amr: append(amrPassword(), amrMail()...), handle: handle})
}
