package ports

import "time"

// Limits counts what must not happen often, such as wrong secrets or requests of one source that
// cost something. Counting is per process.
type Limits interface {
	// Blocked returns how long key has to wait, or 0.
	Blocked(key string, now time.Time) time.Duration

	// Fail counts one such happening of key.
	Fail(key string, now time.Time)
}
