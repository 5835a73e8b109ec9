package ledgertest

import (
	"context"
	"iter"
	"sync/atomic"

	"writ/domain/event"
	"writ/ports"
)

// Still is a store in which nothing ever moves: it answers with what another store held when it
// was made, and accepts every commit without keeping it. So the same decision can be made again
// and again, and nothing but the decision is measured. It is safe for concurrent use.
type Still struct {
	rows  map[event.Stream][]ports.Row // what a load of the stream brings
	loads atomic.Int64
}

var _ ports.EventStore = (*Still)(nil)

// NewStill makes a store that stands where another one stands now.
func NewStill(s *Store) *Still {
	still := &Still{rows: map[event.Stream][]ports.Row{}}
	for _, row := range s.Rows() {
		still.rows[row.Stream] = s.load([]event.Stream{row.Stream})
	}
	return still
}

// Eraless gives the rows no era, so that a ledger does not remember what it moved: each decision is made
// on what is loaded.
func (s *Still) Eraless() *Still {
	for _, rows := range s.rows {
		for i := range rows {
			rows[i].Era = 0
		}
	}
	return s
}

// Loads is how often something was loaded.
func (s *Still) Loads() int { return int(s.loads.Load()) }

// Append implements ports.EventStore.
func (*Still) Append(_ context.Context, c ports.Commit) error {
	c.RunBeside()
	return nil
}

// Load implements ports.EventStore.
func (s *Still) Load(_ context.Context, streams []event.Stream) ([]ports.Row, error) {
	s.loads.Add(1)
	if len(streams) == 1 {
		return s.rows[streams[0]], nil
	}
	var found []ports.Row
	for _, stream := range streams {
		found = append(found, s.rows[stream]...)
	}
	return found, nil
}

// Confirm implements ports.EventStore.
func (*Still) Confirm(context.Context, []ports.Expectation, int64) (bool, error) { return true, nil }

// History implements ports.EventStore.
func (*Still) History(context.Context, event.Stream, event.Version) iter.Seq2[event.Fact, error] {
	return func(func(event.Fact, error) bool) {}
}
