package ports

import (
	"context"

	"writ/domain/oauth"
)

// Signer signs tokens with the active key of an algorithm.
type Signer interface {
	// Sign serialises claims as JSON and returns the compact JWS with the header typ given. An
	// error means that no key is at hand, and says nothing about the request.
	Sign(ctx context.Context, alg oauth.SigningAlg, typ string, claims any) (string, error)

	// Ready returns nil when a key is at hand that signs with alg, so that nothing is spent on a
	// token which could not be made.
	Ready(alg oauth.SigningAlg) error
}

// Verifier checks tokens that this server signed.
type Verifier interface {
	// Verify checks the signature of a compact JWS against the key set and its header typ against
	// typ, and unmarshals the payload into claims. It does not look at any claim. A token that
	// does not verify is oauth.ErrTokenInvalid; any other error means that it is not known.
	Verify(ctx context.Context, token, typ string, claims any) error
}
