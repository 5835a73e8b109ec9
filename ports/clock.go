package ports

import "time"

// Clock tells the time.
type Clock interface {
	// Now is the present time, in UTC and whole microseconds: what every store keeps exactly.
	Now() time.Time
}
