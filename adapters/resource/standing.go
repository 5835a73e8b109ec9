package resource

import "errors"

// Standing knows what happened to tokens since they were issued. Package follow has one that
// listens to the issuer's events.
type Standing interface {
	// Check is asked about every token that is good by itself, and returns its claims as they hold
	// now: with less scope, perhaps. An error that is ErrRevoked means that the token is not good any
	// more; any other, that this cannot be said now, which is answered with 503. It must be quick and
	// safe for concurrent use.
	Check(Claims) (Claims, error)
}

// ErrRevoked says that a token was good, and is not any more.
var ErrRevoked = errors.New("the token was revoked")
