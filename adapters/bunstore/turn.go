package bunstore

import (
	"context"
	"sync"
	"sync/atomic"
)

// turn is with the one goroutine that talks to the database for all others. A caller whom nobody is
// in the way of takes it for itself: to hand a statement over, and the answer back, wakes two
// goroutines, which takes about as long as the statement. Where two meet, both are served by the
// goroutine that gathers, until one is alone there.
type turn struct {
	mu    sync.Mutex
	alone atomic.Int64 // how many batches of one came since two last met
}

// surelyAlone is how many batches of one it takes to believe that callers come one by one. A few
// happen among many callers, too, and each that is not gathered costs as much as a batch.
const surelyAlone = 16

func (t *turn) take() { t.mu.Lock() }
func (t *turn) pass() { t.mu.Unlock() }

// gathered notes how many shared a batch.
func (t *turn) gathered(n int) {
	if n == 1 {
		t.alone.Add(1)
	} else {
		t.alone.Store(0)
	}
}

// takeAlone takes the turn, or says that the caller is not alone.
func (t *turn) takeAlone() bool {
	if t.alone.Load() < surelyAlone {
		return false
	}
	if t.mu.TryLock() {
		return true
	}
	t.alone.Store(0)
	return false
}

// steadfast keeps what ctx knows and its deadline. It does not end with a caller who goes away: to
// break off a statement costs its connection.
func steadfast(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	ctx = context.WithoutCancel(ctx)
	if !bounded {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline)
}
