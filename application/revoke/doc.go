// Package revoke ends what was issued: for the client that holds a token (RFC 7009), and for the
// person who gave the grant.
//
// It owns who may end what. It does not own what follows from it: a revoked grant gives no more
// tokens, and its access tokens live until they expire.
package revoke
