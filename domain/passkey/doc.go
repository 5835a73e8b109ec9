// Package passkey models a credential by which a person signs in without a password (WebAuthn §4):
// a public key whose private half never leaves the person's authenticator.
//
// It owns the life of the credential: registered, renamed, used, removed. It does not own the
// ceremonies, which are a role, nor the account that the person signs in to.
//
// Invariants:
//   - a credential belongs to one account, for its id names its stream
//   - a removed passkey signs nobody in, and stays removed
//   - nothing of it can be read when its account was erased
package passkey
