// Package session models a signed-in browser: who signed in, when and how (OIDC Core §2: auth_time,
// amr, acr), until it ends.
//
// It owns the life of a session. It does not own how a person proves who they are, nor cookies.
//
// Invariants:
//   - auth_time is the moment of signing in and does not move
//   - an ended session stays ended
package session
