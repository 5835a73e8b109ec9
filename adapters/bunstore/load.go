package bunstore

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"writ/domain/event"
	"writ/ports"
)

// maxAsked is how many streams one query asks for, unless a single load asks for more.
const maxAsked = 512

// Load implements ports.EventStore.
func (s *Store) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	l := &load{ctx: ctx, wants: make(map[string]bool, len(streams)), done: make(chan answer, 1)}
	for _, stream := range streams {
		if name := stream.String(); storable(name) { // nothing else was ever stored
			l.wants[name] = true
		}
	}
	err := s.loads.join(l)
	if err != nil {
		return nil, err
	}
	select {
	case a := <-l.done:
		if a.err != nil {
			return nil, fmt.Errorf("load %d streams: %w", len(streams), a.err)
		}
		return l.share(a), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// load is one call that waits for a query.
type load struct {
	ctx   context.Context
	wants map[string]bool
	done  chan answer // room for one
}

// answer is what one query brought for all that shared it.
type answer struct {
	rows []keyedRow
	many bool
	err  error
}

// share picks the rows that this load asked for, and those that they link to.
func (l *load) share(a answer) []ports.Row {
	wanted := map[string]bool{}
	for _, r := range a.rows {
		if l.wants[r.Stream] {
			wanted[r.Stream], wanted["account/"+r.Account], wanted["client/"+r.Client] = true, true, true
		}
	}
	var rows []ports.Row
	for _, r := range a.rows {
		if !wanted[r.Stream] {
			continue
		}
		row := r.row()
		if a.many { // callers may write into what they got
			row.Data, row.Key = bytes.Clone(row.Data), bytes.Clone(row.Key)
		}
		rows = append(rows, row)
	}
	return rows
}

// loads lets concurrent loads share queries. A load joins what has not been sent: a free worker
// takes at once all that waits.
type loads struct {
	query  func(ctx context.Context, streams []string) ([]keyedRow, error)
	counts *counters
	wake   chan struct{} // as many tokens as workers are enough, for each takes all

	mu      sync.Mutex
	open    bool
	waiting []*load
}

func newLoads(workers int, counts *counters, query func(context.Context, []string) ([]keyedRow, error)) *loads {
	return &loads{query: query, counts: counts, wake: make(chan struct{}, workers)}
}

func (q *loads) join(l *load) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !q.open:
		return fmt.Errorf("load: %w", errClosed)
	case len(q.waiting) >= maxWaiting:
		return ports.ErrOverloaded
	}
	q.waiting = append(q.waiting, l)
	q.signal()
	return nil
}

// signal tells a free worker. When the channel is full, as many tokens wait as there are workers,
// and whoever takes one sees everything.
func (q *loads) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// work serves loads until quit is closed. Its ctx is no caller's, so that none can end a query
// that others share.
func (q *loads) work(ctx context.Context, quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-q.wake:
			if batch := q.take(); len(batch) > 0 {
				q.serve(ctx, batch)
			}
		}
	}
}

// take forms the next query's share of what waits.
func (q *loads) take() (batch []*load) {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked, n := 0, 0
	for n < len(q.waiting) && (asked == 0 || asked+len(q.waiting[n].wants) <= maxAsked) {
		if l := q.waiting[n]; l.ctx.Err() == nil {
			batch, asked = append(batch, l), asked+len(l.wants)
		}
		n++
	}
	q.waiting = append([]*load(nil), q.waiting[n:]...)
	if len(q.waiting) > 0 {
		q.signal()
	}
	return batch
}

func (q *loads) serve(ctx context.Context, batch []*load) {
	seen := map[string]bool{}
	var streams []string
	for _, l := range batch {
		for name := range l.wants {
			if !seen[name] {
				seen[name] = true
				streams = append(streams, name)
			}
		}
	}
	rows, err := q.query(ctx, streams)
	q.counts.loaded(len(batch))
	for _, l := range batch {
		l.done <- answer{rows: rows, many: len(batch) > 1, err: err}
	}
}

// close answers whoever waits still and refuses whoever comes later.
func (q *loads) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = false
	for _, l := range q.waiting {
		l.done <- answer{err: errClosed}
	}
	q.waiting = nil
}

func (q *loads) begin() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = true
}

// loadRows is the query that loads share.
func (s *Store) loadRows(ctx context.Context, streams []string) ([]keyedRow, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	if s.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.patience)
		defer cancel()
	}
	var rows []keyedRow
	err := reading(ctx, func() (err error) {
		s.counts.trips.Add(1)
		rows, err = s.db.load(ctx, streams)
		return err
	})
	return rows, err
}
