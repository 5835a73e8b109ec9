package ledgertest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"writ/domain/event"
	"writ/ports"
)

var (
	_ ports.Belongings  = (*Store)(nil)
	_ ports.PurgeRecord = (*Store)(nil)
	_ ports.Purger      = (*Store)(nil)
)

// Streams implements ports.Belongings.
func (s *Store) Streams(ctx context.Context, account string) ([]event.Stream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var streams []event.Stream
	for _, rows := range []map[event.Stream]ports.Row{s.rows, s.purged} {
		for stream, row := range rows {
			if row.Account == account && account != "" {
				streams = append(streams, stream)
			}
		}
	}
	slices.SortFunc(streams, func(a, b event.Stream) int { return cmp.Compare(a.String(), b.String()) })
	return streams, s.hooks.outage(ctx)
}

// counts reports whether a census holds.
func (s *Store) counts(c ports.Census) bool {
	live := map[event.Stream]bool{}
	for stream, row := range s.rows {
		if stream.Kind == c.Kind && c.Account != "" && fits(row, ports.Query{Account: c.Account, Live: c.Live}) {
			live[stream] = true
		}
	}
	counted := map[event.Stream]bool{}
	for _, stream := range c.Streams {
		counted[stream] = true
	}
	return maps.Equal(live, counted)
}

// Purge implements ports.Purger. There is nothing here but state rows.
func (s *Store) Purge(ctx context.Context, now time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for stream, row := range s.rows {
		if n == limit {
			break
		}
		if row.Keep.IsZero() || !row.Keep.Before(now) {
			continue
		}
		n++
		delete(s.rows, stream)
		s.purged[stream] = row
		maps.DeleteFunc(s.unique, func(_ string, holder event.Stream) bool { return holder == stream })
	}
	return n, s.hooks.outage(ctx)
}

// Purged implements ports.PurgeRecord.
func (s *Store) Purged(_ context.Context, stream event.Stream) (event.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, purged := s.purged[stream]
	if !purged {
		return 0, ports.ErrNotFound
	}
	return row.Version, nil
}
