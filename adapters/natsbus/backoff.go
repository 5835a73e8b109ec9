package natsbus

import (
	"context"
	"time"
)

// backoff spaces out attempts at something that fails: each pause is twice the one before.
type backoff struct{ next time.Duration }

const shortestPause, longestPause = 100 * time.Millisecond, 5 * time.Second

// pause waits, or ends early with ctx.
func (b *backoff) pause(ctx context.Context) {
	b.next = min(max(2*b.next, shortestPause), longestPause)
	timer := time.NewTimer(b.next)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// reset makes the next pause the shortest.
func (b *backoff) reset() { b.next = 0 }
