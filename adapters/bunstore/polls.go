package bunstore

import (
	"context"
	"fmt"
	"time"

	"writ/ports"
)

var _ ports.Polls = (*Store)(nil)

const (
	pollGrace   = time.Second      // stock clients' tickers jitter
	pollPenalty = 5 * time.Second  // RFC 8628 §3.5
	pollLongest = 60 * time.Second // an interval does not grow beyond
)

// Poll implements ports.Polls. The one statement locks the row, so that of two polls at once one
// is the later. A note whose time to be forgotten has come counts as none.
func (s *Store) Poll(ctx context.Context, device string, least time.Duration, now, forget time.Time) (ports.Poll, error) {
	var row struct {
		Early bool  `bun:"early"`
		Every int64 `bun:"every"`
	}
	err := s.write.NewRaw(`INSERT INTO polls AS p (device, at, every, early, forget) VALUES (?0, ?1, ?2, 0, ?3)
		ON CONFLICT (device) DO UPDATE SET
			early = CASE WHEN p.forget <= ?1 OR ?1 >= p.at + p.every - ?4 THEN 0 ELSE 1 END,
			every = CASE WHEN p.forget <= ?1 THEN ?2
				WHEN ?1 >= p.at + p.every - ?4 OR p.every >= ?6 THEN p.every
				WHEN p.every + ?5 > ?6 THEN ?6
				ELSE p.every + ?5 END,
			at = CASE WHEN p.forget > ?1 AND p.at > ?1 THEN p.at ELSE ?1 END,
			forget = ?3
		RETURNING early = 1 AS early, every`,
		device, micros(now), least.Microseconds(), micros(forget),
		pollGrace.Microseconds(), pollPenalty.Microseconds(), pollLongest.Microseconds()).Scan(ctx, &row)
	if err != nil {
		return ports.Poll{}, fmt.Errorf("note a poll of device %s: %w", device, err)
	}
	return ports.Poll{TooSoon: row.Early, Interval: time.Duration(row.Every) * time.Microsecond}, nil
}
