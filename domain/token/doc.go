// Package token models what is recorded of single access tokens: that a client got one on its own
// behalf (RFC 6749 §4.4), and that one was revoked before its time (RFC 7009).
//
// It owns no grant: tokens that a person allowed are issued by domain/grant. An issuance is one
// fact in a stream of its own and is never read again.
package token
