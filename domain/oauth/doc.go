// Package oauth holds the words of the standards that every aggregate shares: identifiers, scopes,
// redirect URIs, PKCE, grant types, error codes, and the self-describing opaque tokens.
//
// It owns syntax and comparison, and the one policy that bounds a scope (Allowance). It does not
// own any state: what was granted, spent or revoked is decided by the aggregates.
//
// Invariants:
//   - a Scope has no word twice, and one space between its words
//   - an opaque token that Parse accepts was minted under one of the keys it was given
//   - a Secret, an Opaque and a CodeVerifier do not print
package oauth
