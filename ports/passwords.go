package ports

import "context"

// Passwords hashes what people choose. Hashing is slow on purpose, and bounded in parallel: calls
// wait for their turn.
type Passwords interface {
	// Hash gives a self-describing hash of password.
	Hash(ctx context.Context, password string) (string, error)

	// Verify reports whether password has the hash. An empty hash takes the same work and is
	// false, so that an unknown account cannot be told from a wrong password.
	Verify(ctx context.Context, hash, password string) (bool, error)
}
