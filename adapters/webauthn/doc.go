// Package webauthn plays ports.Passkeys with go-webauthn: a relying party (WebAuthn §7) that asks for
// discoverable credentials, has the authenticator verify its user each time, and wants no
// attestation.
//
// It owns the name that credentials are made for and the origins that may use them. It does not own
// what a passkey may do, nor how long a ceremony may take: that is application/signin.
package webauthn
