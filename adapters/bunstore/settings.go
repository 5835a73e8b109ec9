package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"writ/ports"
)

// Settle keeps value under name unless one is there already, and returns the one that stands. Of
// several processes that settle at once all get the same.
func (s *Store) Settle(ctx context.Context, name, value string) (string, error) {
	_, err := s.write.NewRaw(`INSERT INTO settings (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO NOTHING`, name, value).Exec(ctx)
	if err != nil {
		return "", fmt.Errorf("settle %s: %w", name, err)
	}
	return s.Setting(ctx, name)
}

// Setting gives a text that the store keeps for its processes, such as a check value of the master
// key. It is ports.ErrNotFound when none was settled.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.read.NewRaw("SELECT value FROM settings WHERE name = ?", name).Scan(ctx, &value)
	if errors.Is(err, sql.ErrNoRows) {
		err = ports.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return value, nil
}
