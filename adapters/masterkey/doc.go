// Package masterkey plays ports.Vault with one or more master keys of 32 bytes: it seals, wraps
// the keys of accounts, digests values of little entropy, and derives the keys of opaque tokens.
// Every use has a key of its own, derived by HKDF-SHA-256 (RFC 5869) under a label; everything
// that is sealed begins with four public bytes that name its key, so that keys can be rotated.
//
// It owns the text form of master keys and the key file. It does not store what it seals, and it
// does not decide when a key may be created or which check value belongs to a store.
package masterkey
