package bunstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"writ/domain/event"
	"writ/ports"
)

const (
	maxWaiting    = 4096    // requests; more are refused at once
	maxBatch      = 256     // requests
	maxBatchBytes = 4 << 20 // of payloads
	maxTries      = 3       // of a batch whose transaction the database broke off

	// loadsSoon is how long a batch waits for those who load meanwhile. A commit costs the same
	// for many as for few.
	loadsSoon = 500 * time.Microsecond
)

var errClosed = errors.New("the store is not open")

// request is one Append that waits for its transaction.
type request struct {
	ctx    context.Context
	commit ports.Commit
	size   int
	done   chan error // room for one, so that the writer never waits for a caller
}

// committer is the part of a dialect that runs the one kind of transaction that writes the log. It
// takes log_head, answers the question on what stands from then on, and writes what decide makes
// of the answers. It may let decide try others first, but only what came last counts, and that
// rests on what stood. Its error is a *brokenError, or says that the database does not answer.
type committer interface {
	commit(ctx context.Context, q *question, decide func(answers) changes) (head event.Position, err error)
}

// fate says what is known of a transaction that failed.
type fate int

const (
	unknown fate = iota // it may have been written
	undone              // nothing was written, and the cause may be gone
	refused             // nothing was written, for the database refused a statement
)

// brokenError is a transaction that failed after it began.
type brokenError struct {
	fate  fate
	cause error
}

func (e *brokenError) Error() string { return e.cause.Error() }
func (e *brokenError) Unwrap() error { return e.cause }

func fateOf(err error) fate {
	var broken *brokenError
	if errors.As(err, &broken) {
		return broken.fate
	}
	return unknown
}

// writer writes the log for a whole process. What arrives while it commits shares the next
// transaction; a request that comes alone is committed at once, by whoever brings it.
type writer struct {
	db     committer
	queue  chan *request
	open   atomic.Bool
	gone   chan struct{} // closed when nobody will answer any more
	counts *counters
	era    *atomic.Int64             // of the store
	wrote  func(head event.Position) // called after a commit
	turn   turn

	loading func() <-chan struct{} // whether others are about to have what they decide on
}

func newWriter(db committer, counts *counters, era *atomic.Int64, wrote func(event.Position), loading func() <-chan struct{}) *writer {
	return &writer{
		loading: loading, db: db, queue: make(chan *request, maxWaiting), gone: make(chan struct{}),
		counts: counts, era: era, wrote: wrote,
	}
}

func (w *writer) enqueue(r *request) error {
	if !w.open.Load() {
		return fmt.Errorf("append: %w", errClosed)
	}
	select {
	case w.queue <- r:
		return nil
	default:
		return ports.ErrOverloaded
	}
}

// await gives the answer to a request, or ctx's error when ctx ends before.
func (w *writer) await(ctx context.Context, r *request) error {
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.gone:
	}
	select {
	case err := <-r.done:
		return err
	default:
		return fmt.Errorf("append: %w", errClosed)
	}
}

// run works until quit is closed. What waits then is refused by await.
func (w *writer) run(ctx context.Context, quit <-chan struct{}) {
	defer close(w.gone)
	for {
		select {
		case <-quit:
			w.retire()
			return
		case r := <-w.queue:
			w.serve(ctx, r)
		}
	}
}

// retire waits for whoever writes alone. Nobody does after that.
func (w *writer) retire() {
	w.turn.take()
	defer w.turn.pass()
	w.open.Store(false)
}

func (w *writer) serve(ctx context.Context, r *request) {
	w.turn.take()
	defer w.turn.pass()
	w.letIn()
	batch := w.gather(r)
	w.turn.gathered(len(batch))
	w.write(ctx, batch)
}

// alone takes the turn for a request when nobody else is about to commit.
func (w *writer) alone() bool { return w.loading() == nil && w.turn.takeAlone() }

// writeAlone writes a request on its own goroutine, which has the turn and passes it on.
func (w *writer) writeAlone(ctx context.Context, r *request) error {
	defer w.turn.pass()
	switch {
	case !w.open.Load():
		return fmt.Errorf("append: %w", errClosed)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	ctx, cancel := steadfast(ctx)
	defer cancel()
	w.write(ctx, []*request{r})
	return <-r.done
}

// letIn lets those join who are about to: whoever is ready to run, and whoever waits for a load that
// is in flight. A request that comes alone waits for nothing.
func (w *writer) letIn() {
	runtime.Gosched()
	loaded := w.loading()
	if loaded == nil {
		return
	}
	soon := time.NewTimer(loadsSoon)
	defer soon.Stop()
	select {
	case <-loaded:
		runtime.Gosched()
	case <-soon.C:
	}
}

// gather forms a batch of what waits now. Whoever has given up already is left out.
func (w *writer) gather(r *request) []*request {
	batch, size := make([]*request, 0, len(w.queue)+1), 0
	for {
		if r.ctx.Err() == nil {
			batch, size = append(batch, r), size+r.size
		} else {
			r.done <- r.ctx.Err()
		}
		if len(batch) >= maxBatch || size >= maxBatchBytes {
			return batch
		}
		select {
		case r = <-w.queue:
		default:
			return batch
		}
	}
}

// write commits a batch and answers each request. When the database refuses the batch, which no
// checked request should bring about, each is tried alone, so that it fails alone.
func (w *writer) write(ctx context.Context, batch []*request) {
	if len(batch) == 0 {
		return
	}
	verdicts, err := w.commit(ctx, batch)
	if err != nil && len(batch) > 1 && fateOf(err) == refused {
		w.counts.reruns.Add(1)
		for _, r := range batch {
			w.write(ctx, []*request{r})
		}
		return
	}
	for i, r := range batch {
		if err != nil {
			r.done <- fmt.Errorf("append: %w", err)
		} else {
			r.done <- verdicts[i]
		}
	}
}

func (w *writer) commit(ctx context.Context, batch []*request) (verdicts []error, err error) {
	q := newQuestion(batch, w.era.Load())
	for range maxTries {
		var head event.Position
		head, err = w.db.commit(ctx, q, func(a answers) changes {
			w.era.Store(a.era) // what was learned meanwhile is learned again
			p := newPlan(a)
			verdicts = judge(p, batch)
			return p.settled()
		})
		if err == nil {
			w.counts.committed(len(batch))
			w.wrote(head)
			return verdicts, nil
		}
		if fateOf(err) != undone {
			break
		}
	}
	return nil, err
}

func judge(p *plan, batch []*request) []error {
	verdicts := make([]error, len(batch))
	for i, r := range batch {
		verdicts[i] = p.admit(r.commit)
	}
	return verdicts
}
