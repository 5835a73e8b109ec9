// Package client models a registered OAuth client: how it authenticates, where its responses go,
// and what it may ask for (RFC 6749 §2, RFC 7591 §2).
//
// It owns the rules of registration and of authentication. It does not own grants: what an account
// allowed a client is domain/grant.
//
// Invariants:
//   - a client id is never given to another client, not even after deletion
//   - a client authenticates only in its registered way
//   - client_credentials is for confidential clients, and authorization_code has a redirect URI
//   - at most two secrets are valid at a time
package client
