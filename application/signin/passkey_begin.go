package signin

import (
	"context"
	"errors"
	"time"

	"writ/domain/passkey"
	"writ/ports"
)

// ceremonyLasts is how long a person may take over a ceremony. Browsers give up after five minutes.
const ceremonyLasts = 10 * time.Minute

// ceremony is what ties the answer of a passkey to its challenge. Its id becomes that of the session,
// so that one answer begins one session.
type ceremony struct {
	ID    string `json:"id"`
	State []byte `json:"state"`
}

func ceremonies(v ports.Vault, c ports.Clock) tickets[ceremony] {
	return tickets[ceremony]{vault: v, clock: c, purpose: "sign in with a passkey", lasts: ceremonyLasts}
}

// PasskeyChallenge is what a browser is asked, and the state that it must bring back with the answer.
type PasskeyChallenge struct {
	State   string
	Options []byte // JSON for navigator.credentials.get
}

// PasskeyBegin asks for a passkey, without asking who somebody is.
type PasskeyBegin struct {
	passkeys ports.Passkeys
	tickets  tickets[ceremony]
	clock    ports.Clock
	entropy  ports.Entropy
}

// NewPasskeyBegin wires the use case.
func NewPasskeyBegin(p ports.Passkeys, v ports.Vault, c ports.Clock, e ports.Entropy) *PasskeyBegin {
	return &PasskeyBegin{passkeys: p, tickets: ceremonies(v, c), clock: c, entropy: e}
}

// Offered reports whether this server has a name that passkeys can be made for.
func (uc *PasskeyBegin) Offered() bool {
	_, err := uc.passkeys.BeginSignIn()
	return !errors.Is(err, passkey.ErrUnavailable)
}

// Execute makes a challenge. It keeps nothing.
func (uc *PasskeyBegin) Execute(context.Context) (PasskeyChallenge, error) {
	begun, err := uc.passkeys.BeginSignIn()
	if err != nil {
		return PasskeyChallenge{}, err
	}
	state, err := uc.tickets.issue(ceremony{ID: uc.entropy.ID(), State: begun.State})
	return PasskeyChallenge{State: state, Options: begun.Options}, err
}
