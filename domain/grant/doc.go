// Package grant models what an account allowed a client: a standing permission with a scope, and
// the family of refresh tokens by which the client keeps using it (RFC 6749 §1.5, RFC 9700 §4.14).
//
// It owns rotation, reuse, narrowing, lifetimes and revocation. It does not own codes or consent:
// domain/authorization and domain/device decide that a grant may open. Nor does it own access
// tokens that are out already: they live until they expire.
//
// Invariants:
//
//   - one refresh token is live at a time; presenting one that was spent before revokes the grant,
//     unless it is the last one spent, within the reuse window, while its successor is unused
//
//   - such a repeat gets the identical successor and moves nothing
//
//   - the scope of a grant never grows; a refresh may ask for less, never for more
//
//   - the absolute lifetime is never extended
//
//   - a revoked grant stays revoked
//
//     opened ──refreshed*──▶ ended (idle or absolute lifetime)
//     └──────revoked──────▶ revoked (by its owner, its client, an admin, reuse, replay)
package grant
