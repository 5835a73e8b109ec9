package httpapi

import (
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"writ/ports"
)

// The bounds of an admission. Up to 128 requests a processor fill every batch that the store can
// write; as many may wait outside, which at the rates that such a machine has is a burst of a tenth
// of a second. Both grow with the machine, so that neither is a setting.
const (
	insidePerProcessor = 128
	waitingPerInside   = 1
	patience           = 250 * time.Millisecond
)

// errBusy refuses a request that would wait too long: at once, while it costs little. It is 503 and
// not 429, for it is not this client that asks too much, but all together.
var errBusy = errors.New("too many requests wait already")

// admission bounds how many requests work at once. Some more wait for their turn, first come first
// served; the rest is refused. So what is admitted is answered in time, however many ask: the work
// never exceeds what can be done, and no queue grows. Nobody is admitted to the queue either while
// its head has waited longer than patience, for then whatever the requests inside wait for stands
// still. A request takes its place after its body was read, so that slow senders hold none. It is
// safe for concurrent use.
type admission struct {
	clock   ports.Clock
	places  int
	benches int

	mu      sync.Mutex
	inside  int
	waiting list.List // of *turn, first come in front; empty while a place is free
}

// turn is one request that waits.
type turn struct {
	since time.Time
	given chan struct{}
	bench *list.Element
}

func newAdmission(clock ports.Clock) *admission {
	places := insidePerProcessor * runtime.GOMAXPROCS(0)
	return &admission{clock: clock, places: places, benches: waitingPerInside * places}
}

// enter waits for a place, which is to be left. It returns errBusy at once when the wait would be
// long, and the error of ctx when that ends first.
func (a *admission) enter(ctx context.Context) error {
	t, err := a.ask()
	if t == nil {
		return err
	}
	select {
	case <-t.given:
		return nil
	case <-ctx.Done():
		a.withdraw(t)
		return ctx.Err()
	}
}

// ask gives a turn to wait for, or none when there is a place, or errBusy.
func (a *admission) ask() (*turn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.inside < a.places:
		a.inside++
		return nil, nil
	case a.full():
		return nil, errBusy
	}
	t := &turn{since: a.clock.Now(), given: make(chan struct{})}
	t.bench = a.waiting.PushBack(t)
	return t, nil
}

// full reports whether nobody else may wait. The caller holds the lock.
func (a *admission) full() bool {
	first := a.waiting.Front()
	if first == nil {
		return a.benches == 0
	}
	return a.waiting.Len() >= a.benches || a.clock.Now().Sub(first.Value.(*turn).since) > patience
}

// leave gives the place to who waits longest.
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.waiting.Front()
	if first == nil {
		a.inside--
		return
	}
	a.waiting.Remove(first)
	close(first.Value.(*turn).given)
}

// withdraw gives up a turn. It may have come in the meantime.
func (a *admission) withdraw(t *turn) {
	a.mu.Lock()
	select {
	case <-t.given:
		a.mu.Unlock()
		a.leave()
	default:
		a.waiting.Remove(t.bench)
		a.mu.Unlock()
	}
}

// busy reports whether a request that comes now would be refused.
func (a *admission) busy() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inside >= a.places && a.full()
}

// screen refuses requests before anything of them is read, when they would be refused later. The
// answer is made beforehand, for it is sent most when there is least time for it.
func (a *admission) screen() gin.HandlerFunc {
	v := unavailable
	body, err := json.Marshal(protocolError{Error: v.code, Description: v.reason})
	if err != nil {
		panic(err) // two strings always have a JSON form
	}
	always := fixed("Content-Type", jsonText[0], "Content-Length", strconv.Itoa(len(body)), "Retry-After", strconv.Itoa(int(v.retry.Seconds())))
	return func(c *gin.Context) {
		if !a.busy() {
			return
		}
		visitOf(c).outcome = string(v.code)
		always.set(c)
		c.AbortWithStatus(v.status)
		_, _ = c.Writer.Write(body) // whoever asked may be gone
	}
}
