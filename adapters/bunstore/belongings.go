package bunstore

import (
	"context"
	"fmt"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Belongings = (*Store)(nil)

// Streams implements ports.Belongings.
func (s *Store) Streams(ctx context.Context, account string) ([]event.Stream, error) {
	if account == "" || !storable(account) {
		return nil, nil
	}
	var names []string
	err := reading(ctx, func() error {
		names = nil
		return s.read.NewRaw(`SELECT stream FROM states WHERE account = ?0 AND account <> ''
			UNION SELECT stream FROM purged WHERE account = ?0 AND account <> '' ORDER BY stream`, account).Scan(ctx, &names)
	})
	if err != nil {
		return nil, fmt.Errorf("list the streams of account %s: %w", account, err)
	}
	return streamsOf(names), nil
}

func streamsOf(names []string) []event.Stream {
	streams := make([]event.Stream, len(names))
	for i, name := range names {
		streams[i] = streamOf(name)
	}
	return streams
}
