package ports

import (
	"context"
	"time"
)

// Quotas counts what may be done only so often, because it costs money or can annoy somebody. The
// counts are shared by all replicas and outlive them.
type Quotas interface {
	// Take counts one use of every allowance, if each allows another at now; then the wait is 0.
	// Otherwise it counts none, and gives how long it takes until each may allow one. A window
	// begins with the first use in it. Of several at once no more succeed than every allowance
	// has room for. No key may stand twice in one call.
	Take(ctx context.Context, now time.Time, uses ...Allowance) (wait time.Duration, err error)
}

// Allowance is how often something may be done within a window. Key is a keyed digest of what is
// counted; two allowances are one when their keys are equal.
type Allowance struct {
	Key    []byte
	Most   int
	Window time.Duration
}
