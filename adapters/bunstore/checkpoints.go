package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Checkpoints = (*Store)(nil)

// Checkpoint implements ports.Checkpoints.
func (s *Store) Checkpoint(ctx context.Context, name string) (event.Position, error) {
	var position int64
	err := s.read.NewRaw("SELECT position FROM checkpoints WHERE name = ?", name).Scan(ctx, &position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read checkpoint %s: %w", name, err)
	}
	return event.Position(position), nil
}

// Advance implements ports.Checkpoints.
func (s *Store) Advance(ctx context.Context, name string, to event.Position) error {
	_, err := s.write.NewRaw(`INSERT INTO checkpoints AS c (name, position) VALUES (?0, ?1)
		ON CONFLICT (name) DO UPDATE SET position = ?1 WHERE c.position < ?1`, name, int64(to)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("advance checkpoint %s to %d: %w", name, to, err)
	}
	return nil
}
