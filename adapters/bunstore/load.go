package bunstore

import (
	"context"
	"fmt"

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
	l := &load{ctx: ctx, wants: make([]string, 0, len(streams)), done: make(chan answer, 1)}
	for _, stream := range streams {
		if name := stream.String(); storable(name) { // nothing else was ever stored
			l.wants = append(l.wants, name)
		}
	}
	a, err := s.ask(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("load %d streams: %w", len(streams), err)
	}
	return l.share(a), nil
}

// ask has a load served.
func (s *Store) ask(ctx context.Context, l *load) (answer, error) {
	err := s.loads.join(ctx, l)
	if err != nil {
		return answer{}, err
	}
	select {
	case a := <-l.done:
		return a, a.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// load is one call that waits for a query: for rows, or for whether what was read stands.
type load struct {
	ctx   context.Context
	wants []string
	read  []versionRow
	done  chan answer // room for one
}

// asks is how many streams a load is about.
func (l *load) asks() int { return len(l.wants) + len(l.read) }

// answer is what one query brought for all that shared it: rows by the streams' names, or what has
// moved since it was read.
type answer struct {
	rows  map[string]*keyedRow
	moved map[versionRow]bool
	era   int64
	err   error
}

func answerOf(era int64, rows []keyedRow, err error) answer {
	a := answer{rows: make(map[string]*keyedRow, len(rows)), era: era, err: err}
	for i := range rows {
		a.rows[rows[i].Stream] = &rows[i]
	}
	return a
}

// share picks the rows that this load asked for, and those that they link to.
func (l *load) share(a answer) []ports.Row {
	rows := make([]ports.Row, 0, len(l.wants)+2)
	picked := make(map[string]bool, len(l.wants)+2)
	pick := func(name string) {
		if r := a.rows[name]; r != nil && !picked[name] {
			picked[name] = true
			rows = append(rows, r.row())
			rows[len(rows)-1].Era = a.era
		}
	}
	for _, name := range l.wants {
		pick(name)
	}
	for _, r := range rows {
		pick("account/" + r.Account)
		pick("client/" + r.Client)
	}
	return rows
}

// chooseLoads takes loads in their order until one query asks for enough. Whoever has given up
// already is left out.
func chooseLoads(waiting []*load) (batch, rest []*load) {
	asked, n := 0, 0
	for n < len(waiting) && (asked == 0 || asked+waiting[n].asks() <= maxAsked) {
		if l := waiting[n]; l.ctx.Err() == nil {
			batch, asked = append(batch, l), asked+l.asks()
		}
		n++
	}
	return batch, append([]*load(nil), waiting[n:]...)
}

func (s *Store) serveLoads(ctx context.Context, batch []*load) {
	loads, confirmations := batch[:0:0], batch[:0:0]
	for _, l := range batch {
		if len(l.read) > 0 {
			confirmations = append(confirmations, l)
		} else {
			loads = append(loads, l)
		}
	}
	s.serveWith(ctx, confirmations, s.confirmRows)
	s.serveWith(ctx, loads, s.loadAll)
}

// serveWith answers those who share a query.
func (s *Store) serveWith(ctx context.Context, batch []*load, ask func(context.Context, []*load) answer) {
	if len(batch) == 0 {
		return
	}
	a := ask(ctx, batch)
	s.counts.loaded(len(batch))
	for _, l := range batch {
		l.done <- a
	}
}

func (s *Store) loadAll(ctx context.Context, batch []*load) answer {
	streams := distinct(batch, func(l *load) []string { return l.wants })
	era := s.era.Load() // before the question is sent, so that the rows are of no earlier one
	rows, err := s.loadRows(ctx, streams)
	return answerOf(era, rows, err)
}

// distinct is what loads ask for, each once.
func distinct[K comparable](batch []*load, of func(*load) []K) []K {
	seen := make(map[K]bool, 2*len(batch))
	asked := make([]K, 0, 2*len(batch))
	for _, l := range batch {
		for _, k := range of(l) {
			if !seen[k] {
				seen[k] = true
				asked = append(asked, k)
			}
		}
	}
	return asked
}

func refuseLoad(l *load, err error) { l.done <- answer{err: err} }

// loadRows is the query that loads share.
func (s *Store) loadRows(ctx context.Context, streams []string) ([]keyedRow, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	ctx, cancel := s.patiently(ctx)
	defer cancel()
	var rows []keyedRow
	err := reading(ctx, func() (err error) {
		s.counts.trips.Add(1)
		rows, err = s.db.load(ctx, streams)
		return err
	})
	return rows, err
}
