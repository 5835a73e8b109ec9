// Package authorization models a decided authorization request: a person approved or denied it,
// and the code of an approved one is redeemed once (RFC 6749 §4.1).
//
// It owns the life of the code: its binding to client, redirect URI and PKCE challenge, its single
// use and its end after wrong tries. It does not own requests that nobody has decided (those are
// no facts), nor the grant that redeeming opens, which has the same id.
//
// Invariants:
//
//   - a request is decided once
//
//   - a code is redeemed at most once, by the client, with the redirect URI and the verifier that
//     it was made for
//
//   - a wrong verifier does not spend the code; the fifth one does
//
//     approved ──redeemed──▶ spent       denied
//     └─verifier refused ×5─▶ spent
package authorization
