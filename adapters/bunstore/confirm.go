package bunstore

import (
	"context"
	"fmt"

	"writ/ports"
)

// Confirm implements ports.EventStore. It shares the line of Load.
func (s *Store) Confirm(ctx context.Context, read []ports.Expectation, era int64) (bool, error) {
	rows, possible := versionRows(read)
	if !possible {
		return false, nil
	}
	l := &load{ctx: ctx, read: rows, done: make(chan answer, 1)}
	a, err := s.ask(ctx, l)
	if err != nil {
		return false, fmt.Errorf("confirm %d streams: %w", len(read), err)
	}
	return a.era == era && l.stands(a), nil
}

// versionRows are the rows of what was read. Nothing is ever stored under a name that is not storable.
func versionRows(read []ports.Expectation) (rows []versionRow, possible bool) {
	rows = make([]versionRow, 0, len(read))
	for _, e := range read {
		name := e.Stream.String()
		switch {
		case storable(name):
			rows = append(rows, versionRow{Stream: name, RowVersion: int64(e.Version)})
		case e.Version > 0:
			return nil, false
		}
	}
	return rows, true
}

// stands reports whether nothing that was read has moved.
func (l *load) stands(a answer) bool {
	for _, r := range l.read {
		if a.moved[r] {
			return false
		}
	}
	return true
}

// confirmRows is the query that confirmations share. It gives those that do not stand.
func (s *Store) confirmRows(ctx context.Context, batch []*load) (a answer) {
	read := distinct(batch, func(l *load) []versionRow { return l.read })
	ctx, cancel := s.patiently(ctx)
	defer cancel()
	var moved []int64
	a.err = reading(ctx, func() (err error) {
		s.counts.trips.Add(1)
		moved, a.era, err = s.db.confirm(ctx, read)
		return err
	})
	a.moved = make(map[versionRow]bool, len(moved))
	s.learn(a.era)
	for _, i := range moved {
		a.moved[read[i]] = true
	}
	return a
}

// learn notes an era that the database is in. Whoever reads rows from then on reads of no earlier one.
func (s *Store) learn(era int64) {
	for known := s.era.Load(); era > known; known = s.era.Load() {
		if s.era.CompareAndSwap(known, era) {
			return
		}
	}
}
