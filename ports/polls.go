package ports

import (
	"context"
	"time"
)

// Polls remembers when each device code was last polled, for all replicas.
type Polls interface {
	// Poll notes a poll in one conditional write. The first poll of a device is never too soon. A later
	// one that comes earlier than the interval in force less a second after the one before is too soon:
	// it lengthens the interval by five seconds up to sixty. When what the caller had read does not
	// stand any more, nothing is noted, and the error is ErrConflict.
	Poll(ctx context.Context, p Polling) (Poll, error)
}

// Polling is a poll of a device.
type Polling struct {
	Device string
	Least  time.Duration // the interval at first
	At     time.Time
	Forget time.Time // when the note is dropped
	Read   Reading   // by who was about to answer the device
}

// Poll is the verdict on one poll.
type Poll struct {
	TooSoon  bool
	Interval time.Duration // in force from now on
}
