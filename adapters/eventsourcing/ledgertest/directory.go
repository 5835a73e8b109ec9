package ledgertest

import (
	"cmp"
	"context"
	"slices"

	"writ/domain/event"
	"writ/ports"
)

// Find implements ports.Directory.
func (s *Store) Find(ctx context.Context, key ports.UniqueKey) (event.Stream, error) {
	s.reads.Add(1)
	err := s.hooks.outage(ctx)
	if err != nil {
		return event.Stream{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stream, held := s.unique[name(key)]
	if !held {
		return event.Stream{}, ports.ErrNotFound
	}
	return stream, nil
}

// List implements ports.Directory.
func (s *Store) List(ctx context.Context, q ports.Query) ([]ports.Row, int, error) {
	err := s.hooks.outage(ctx)
	if err != nil {
		return nil, 0, err
	}
	fitting := s.fitting(q)
	page := fitting[min(q.Offset, len(fitting)):]
	if q.Limit > 0 {
		page = page[:min(q.Limit, len(page))]
	}
	return page, len(fitting), nil
}

func (s *Store) fitting(q ports.Query) []ports.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fitting []ports.Row
	for stream, row := range s.rows {
		if fits(row, q) && stream.Kind == q.Kind {
			row.Key = s.wrapped[row.Account]
			fitting = append(fitting, row)
		}
	}
	slices.SortFunc(fitting, func(a, b ports.Row) int { return cmp.Compare(b.Stream.ID, a.Stream.ID) })
	return fitting
}

func fits(row ports.Row, q ports.Query) bool {
	return (q.Account == "" || row.Account == q.Account) &&
		(q.Client == "" || row.Client == q.Client) &&
		(q.Live.IsZero() || row.Ends.IsZero() || row.Ends.After(q.Live))
}

// Read implements ports.EventFeed.
func (s *Store) Read(ctx context.Context, after event.Position, limit int) ([]event.Fact, error) {
	facts := s.Facts()[after:]
	return facts[:min(limit, len(facts))], s.hooks.outage(ctx)
}

// Head implements ports.EventFeed.
func (s *Store) Head(ctx context.Context) (event.Position, error) {
	return event.Position(len(s.Facts())), s.hooks.outage(ctx)
}

// Wait implements ports.EventFeed for what is there already; it does not wait for more.
func (s *Store) Wait(ctx context.Context, after event.Position) error {
	head, err := s.Head(ctx)
	if err != nil || head > after {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}
