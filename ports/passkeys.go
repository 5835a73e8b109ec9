package ports

import (
	"writ/domain/oauth"
	"writ/domain/passkey"
)

// Passkeys plays the relying party in the ceremonies of WebAuthn (§7). It keeps nothing: what the
// second half of a ceremony needs of the first is its state, which must come back as it was, and
// only once. What does not prove what it should is passkey.ErrAnswer, whatever is wrong with it. It
// is safe for concurrent use.
type Passkeys interface {
	// BeginRegistration asks for a new discoverable credential of owner, from an authenticator that
	// has none of known.
	BeginRegistration(owner PasskeyOwner, known []passkey.Credential) (Ceremony, error)

	// FinishRegistration checks the browser's answer, and gives the credential that was made.
	FinishRegistration(owner PasskeyOwner, state, answer []byte) (passkey.Credential, error)

	// BeginSignIn asks for any credential that an authenticator has for this server.
	BeginSignIn() (Ceremony, error)

	// Presented reads which credential an answer is of. It proves nothing.
	Presented(answer []byte) (credential []byte, err error)

	// FinishSignIn checks that the answer is signed by a credential of an owner, and that the
	// authenticator verified who used it.
	FinishSignIn(owner oauth.AccountID, c passkey.Credential, state, answer []byte) (Assertion, error)
}

// PasskeyOwner is whose credential is made. Names are shown by the authenticator.
type PasskeyOwner struct {
	Account oauth.AccountID
	Handle  string
	Name    string
}

// Ceremony is the first half of a ceremony: JSON for the browser, and what the second half needs.
type Ceremony struct {
	Options []byte
	State   []byte
}

// Assertion is what an authenticator said of its credential when it signed.
type Assertion struct {
	Counter  uint32
	BackedUp bool
}
