// Package jwtsigner plays ports.KeyRing, ports.Signer and ports.Verifier: it signs and verifies
// tokens as compact JWS (RFC 7515) with golang-jwt's methods, ES256 with the standard library's, and
// publishes its public keys as a JWK set (RFC 7517) with go-jose.
//
// Verifying follows RFC 8725: a key is good for its one algorithm, nothing in a token but its kid
// chooses a key, and the type of the token must be the one that is asked for.
//
// It does not own the life of keys, which keys sign, or the meaning of any claim.
package jwtsigner
