// Package signingkey models the life of a key that tokens are signed with: it is published before
// it is used, and kept after it was replaced until every token that it signed has expired.
//
// It owns which key signs when, and which keys are in the key set (RFC 7517). It does not own the
// keys' bytes, which it holds sealed, nor signing.
//
// Invariants:
//
//   - at any moment at most one key of an algorithm signs
//
//   - a key stands in the key set at least a cache period before it signs, unless it is the first or
//     takes the place of a forgotten one
//
//   - a retired key stands in the key set until its last token has expired; a forgotten one never
//
//     published ─▶ active ─▶ retired (a successor is active) ─▶ out of the key set
//     └──────────┴──────────┴─▶ forgotten (in an emergency)
package signingkey
