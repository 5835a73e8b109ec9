package signin

import (
	"context"
	"errors"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/ports"
)

// PasskeyCommand is the answer to a challenge.
type PasskeyCommand struct {
	State  string
	Answer []byte // JSON of the browser's PublicKeyCredential
	Visit
}

// PasskeyFinish signs people in with a passkey.
type PasskeyFinish struct {
	ledger   ports.Ledger
	stamps   ports.Stamps
	passkeys ports.Passkeys
	tickets  tickets[ceremony]
	failures ports.Limits
	clock    ports.Clock
	start    starter
}

// NewPasskeyFinish wires the use case that ends what b began. Failures are counted for each source.
func NewPasskeyFinish(b *PasskeyBegin, l ports.Ledger, st ports.Stamps, at Attempts, k oauth.TokenKeys) *PasskeyFinish {
	return &PasskeyFinish{
		ledger: l, stamps: st, passkeys: b.passkeys, tickets: b.tickets,
		failures: at.BySource, clock: b.clock, start: starter{l, k, b.clock, b.entropy},
	}
}

// Execute starts a session. Whatever is wrong with the answer is passkey.ErrAnswer; only a passkey
// that may have been copied is told so, for its owner must know.
func (uc *PasskeyFinish) Execute(ctx context.Context, cmd PasskeyCommand) (SignedIn, error) {
	source := neighbours(cmd.Source)
	if wait := uc.failures.Blocked(source, uc.clock.Now()); wait > 0 {
		return SignedIn{}, &oauth.LimitError{RetryAfter: wait}
	}
	in, err := uc.finish(ctx, cmd)
	var refusal *oauth.Error
	if errors.As(err, &refusal) {
		uc.failures.Fail(source, uc.clock.Now())
	}
	return in, err
}

func (uc *PasskeyFinish) finish(ctx context.Context, cmd PasskeyCommand) (SignedIn, error) {
	c, err := uc.tickets.collect(cmd.State)
	if err != nil {
		return SignedIn{}, passkey.ErrAnswer
	}
	id, err := uc.passkeys.Presented(cmd.Answer)
	if err != nil {
		return SignedIn{}, err
	}
	p, a := passkey.Named(passkey.StreamOf(id)), account.Named("")
	err = uc.ledger.Load(ctx, p, a)
	switch {
	case err != nil:
		return SignedIn{}, err
	case !p.Live(), a.Served() != nil:
		return SignedIn{}, passkey.ErrAnswer
	}
	said, err := uc.passkeys.FinishSignIn(p.Account(), p.View().Credential, c.State, cmd.Answer)
	if err != nil {
		return SignedIn{}, err
	}
	return uc.begin(ctx, p, a, c.ID, said, cmd.Visit)
}

func (uc *PasskeyFinish) begin(ctx context.Context, p *passkey.Passkey, a *account.Account, id string, said ports.Assertion, v Visit) (SignedIn, error) {
	in, err := uc.start.start(ctx, a, proof{
		amr: methodsOf(p.View().Credential), visit: v, once: id, also: []event.Aggregate{p},
		decide: func() error { return p.Use(said.Counter, said.BackedUp, uc.clock.Now()) },
	})
	switch {
	case errors.Is(err, ErrSpent), errors.Is(err, ErrCredentials), errors.Is(err, passkey.ErrUnknown):
		return SignedIn{}, passkey.ErrAnswer
	case err == nil:
		uc.stamps.Touch(p.Stream(), uc.clock.Now())
	}
	return in, err
}

// methodsOf is how a passkey proves who somebody is, in the words of RFC 8176: a key that can leave
// its device is software, and its owner was verified and present.
func methodsOf(c passkey.Credential) []string {
	if c.BackupEligible {
		return []string{"swk", "mfa", "user"}
	}
	return []string{"hwk", "mfa", "user"}
}
