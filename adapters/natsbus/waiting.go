package natsbus

import (
	"context"
	"log/slog"
	"time"
)

// waiting spaces out attempts at something that fails, each pause twice the one before, and says
// why once, not at every attempt. It serves one goroutine.
type waiting struct {
	log  *slog.Logger
	next time.Duration
	said string
}

// The longest pause is how late Writ notices that a broker is back; an attempt that finds none
// costs next to nothing.
const shortestPause, longestPause = 50 * time.Millisecond, time.Second

// pause notes what failed and waits, or ends early with ctx.
func (w *waiting) pause(ctx context.Context, who string, cause error) {
	if why := cause.Error(); why != w.said {
		w.said = why
		w.log.Warn("messages wait", "who", who, "err", cause)
	}
	w.next = min(max(2*w.next, shortestPause), longestPause)
	pause(ctx, w.next)
}

// pause waits, or ends early with ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// over makes the next pause the shortest.
func (w *waiting) over() { w.next, w.said = 0, "" }
