package bunstore

import (
	"context"

	"writ/ports"
)

var _ ports.Leadership = (*Store)(nil)

// Lead implements ports.Leadership. On PostgreSQL the leadership is an advisory lock of a session
// of its own; an error to connect is returned, and a caller that wants to lead still calls again.
// An SQLite file is served by one process, and a leader is one among its goroutines.
func (s *Store) Lead(ctx context.Context, name string, do func(context.Context) error) error {
	return s.db.lead(ctx, name, do)
}
