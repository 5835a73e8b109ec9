package ports

import (
	"context"
	"time"
)

// Polls remembers when each device code was last polled, for all replicas.
type Polls interface {
	// Poll notes a poll of device at now, in one conditional write. The first poll is never too
	// soon. A later one that comes earlier than the interval in force less a second after the
	// one before is too soon: it lengthens the interval, which began at least, by five seconds
	// up to sixty. The note is dropped after forget.
	Poll(ctx context.Context, device string, least time.Duration, now, forget time.Time) (Poll, error)
}

// Poll is the verdict on one poll.
type Poll struct {
	TooSoon  bool
	Interval time.Duration // in force from now on
}
