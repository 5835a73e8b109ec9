package bunstore

import (
	"context"
	"fmt"
	"iter"

	"writ/domain/event"
)

// page is how many facts one query of a history brings.
const page = 256

// History implements ports.EventStore. It reads page by page, and holds no connection while the
// caller looks at a fact.
func (s *Store) History(ctx context.Context, stream event.Stream, after event.Version) iter.Seq2[event.Fact, error] {
	return func(yield func(event.Fact, error) bool) {
		for {
			rows, err := s.historyPage(ctx, stream, after)
			if err != nil {
				yield(event.Fact{}, fmt.Errorf("history of %s after %d: %w", stream, after, err))
				return
			}
			for _, r := range rows {
				if !yield(r.fact(), nil) {
					return
				}
				after = event.Version(r.Version)
			}
			if len(rows) < page {
				return
			}
		}
	}
}

func (s *Store) historyPage(ctx context.Context, stream event.Stream, after event.Version) (rows []eventRow, err error) {
	if !storable(stream.String()) {
		return nil, nil
	}
	err = reading(ctx, func() error {
		rows = nil
		return s.read.NewSelect().Model(&rows).
			Where("stream = ?", stream.String()).Where("version > ?", int64(after)).
			OrderExpr("version").Limit(page).Scan(ctx)
	})
	return rows, err
}
