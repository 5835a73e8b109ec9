package bunstore

import (
	"context"
	"runtime"
	"sync"

	"writ/ports"
)

// line is where calls wait for a statement that they can share. Nothing joins a statement that was
// sent: its worker takes at once what waits. A call that comes alone is served by whoever brings it.
// It is safe for concurrent use.
type line[C any] struct {
	choose func(waiting []C) (batch, rest []C) // what shares the next statement; it may be given nothing
	serve  func(ctx context.Context, batch []C)
	refuse func(C, error) // answers a call that will not be served
	wake   chan struct{}  // one token is enough, for who takes it takes all
	turn   turn

	mu      sync.Mutex
	open    bool
	waiting []C
	served  chan struct{} // closed when the statement in flight has been answered; nil: there is none
}

func newLine[C any](choose func([]C) ([]C, []C), serve func(context.Context, []C), refuse func(C, error)) *line[C] {
	return &line[C]{choose: choose, serve: serve, refuse: refuse, wake: make(chan struct{}, 1)}
}

func (l *line[C]) join(ctx context.Context, call C) error {
	if l.turn.takeAlone() {
		return l.serveAlone(ctx, call)
	}
	return l.queue(call)
}

// serveAlone serves a call on its own goroutine, which has the turn and passes it on.
func (l *line[C]) serveAlone(ctx context.Context, call C) error {
	defer l.turn.pass()
	switch {
	case !l.isOpen():
		return errClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	ctx, cancel := steadfast(ctx)
	defer cancel()
	l.answer(ctx, []C{call})
	return nil
}

func (l *line[C]) isOpen() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

func (l *line[C]) queue(call C) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.open:
		return errClosed
	case len(l.waiting) >= maxWaiting:
		return ports.ErrOverloaded
	}
	l.waiting = append(l.waiting, call)
	l.signal()
	return nil
}

// signal tells the worker. When a token waits already, whoever takes it sees everything.
func (l *line[C]) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// work serves calls until quit is closed. Its ctx is no caller's, so that none can end a statement
// that others share.
func (l *line[C]) work(ctx context.Context, quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			l.turn.take() // from whoever is served alone
			l.turn.pass()
			return
		case <-l.wake:
			l.next(ctx)
		}
	}
}

func (l *line[C]) next(ctx context.Context) {
	l.turn.take()
	defer l.turn.pass()
	runtime.Gosched() // after a commit many go on at once: those that can join do so first
	batch := l.take()
	l.turn.gathered(len(batch))
	if len(batch) > 0 {
		l.answer(ctx, batch)
	}
}

func (l *line[C]) answer(ctx context.Context, batch []C) {
	served := make(chan struct{})
	l.note(served)
	l.serve(ctx, batch)
	l.note(nil)
	close(served)
}

func (l *line[C]) note(served chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.served = served
}

// inFlight is closed when the statement that is in flight has been answered. It is nil when there
// is none.
func (l *line[C]) inFlight() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.served
}

// take forms the next statement's share of what waits.
func (l *line[C]) take() (batch []C) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch, l.waiting = l.choose(l.waiting)
	if len(l.waiting) > 0 {
		l.signal()
	}
	return batch
}

// begin opens the line, for one goroutine to work at it.
func (l *line[C]) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = true
}

// close answers whoever waits still and refuses whoever comes later.
func (l *line[C]) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = false
	for _, call := range l.waiting {
		l.refuse(call, errClosed)
	}
	l.waiting = nil
}
