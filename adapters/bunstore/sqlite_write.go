package bunstore

import (
	"context"
	"database/sql/driver"
	"fmt"
)

const (
	sqliteEvent = `INSERT INTO events (position, id, stream, kind, version, name, revision, at, cause, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, version) DO NOTHING`

	sqliteBegun = `INSERT INTO states (stream, kind, version, shape, account, client, ends, keep, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream) DO NOTHING`

	// To set a column is to write its indexes, even if the value stays. The columns that have one
	// rarely change.
	sqliteMoved = `UPDATE states SET version = ?3, shape = ?4, ends = ?7, data = ?9
		WHERE stream = ?1 AND version = ?2 AND account = ?5 AND client = ?6 AND keep = ?8`
	sqliteMovedWhole = `UPDATE states SET version = ?3, shape = ?4, account = ?5, client = ?6, ends = ?7, keep = ?8, data = ?9
		WHERE stream = ?1 AND version = ?2`

	sqliteGone      = "DELETE FROM states WHERE stream = ?"
	sqliteRevived   = "DELETE FROM purged WHERE stream = ?"
	sqliteFreed     = "DELETE FROM unique_keys WHERE kind = ? AND digest = ?"
	sqliteClaimed   = "INSERT INTO unique_keys (kind, digest, stream) VALUES (?, ?, ?) ON CONFLICT (kind, digest) DO UPDATE SET stream = excluded.stream"
	sqliteDestroyed = "DELETE FROM account_keys WHERE account = ?"
	sqliteSealed    = "INSERT INTO account_keys (account, wrapped) VALUES (?, ?)"
)

// write writes changes. It is errAssumption when a stream to be moved is elsewhere.
func (s *sqliteSession) write(ctx context.Context, c changes) error {
	for i := range c.events {
		err := s.insertEvent(ctx, &c.events[i])
		if err != nil {
			return fmt.Errorf("write event %s: %w", c.events[i].ID, err)
		}
	}
	for i := range c.states {
		err := s.writeState(ctx, &c.states[i])
		if err != nil {
			return fmt.Errorf("write the state of %s: %w", c.states[i].Stream, err)
		}
	}
	return s.writeRest(ctx, c)
}

func (s *sqliteSession) insertEvent(ctx context.Context, e *eventRow) error {
	return one(s.exec(ctx, sqliteEvent, e.Position, e.ID, e.Stream, e.Kind, e.Version, e.Name, int64(e.Revision), e.At, e.Cause, e.Data))
}

func (s *sqliteSession) writeState(ctx context.Context, r *stateRow) error {
	if r.was == 0 {
		return one(s.exec(ctx, sqliteBegun, r.Stream, r.Kind, r.Version, int64(r.Shape), r.Account, r.Client, r.Ends, r.Keep, r.Data))
	}
	for _, update := range []string{sqliteMoved, sqliteMovedWhole} {
		n, err := s.exec(ctx, update, r.Stream, r.was, r.Version, int64(r.Shape), r.Account, r.Client, r.Ends, r.Keep, r.Data)
		if err != nil || n == 1 {
			return err
		}
	}
	return errAssumption
}

// one wants a statement to have changed a row.
func one(n int64, err error) error {
	if err == nil && n != 1 {
		err = errAssumption
	}
	return err
}

// writeRest writes what few commits change.
func (s *sqliteSession) writeRest(ctx context.Context, c changes) error {
	var err error
	do := func(text string, args ...driver.Value) {
		if err == nil {
			_, err = s.exec(ctx, text, args...)
		}
	}
	for _, stream := range c.gone {
		do(sqliteGone, stream)
	}
	for _, stream := range c.revived {
		do(sqliteRevived, stream)
	}
	for _, k := range c.freed {
		do(sqliteFreed, k.Kind, k.Digest)
	}
	for _, k := range c.claimed {
		do(sqliteClaimed, k.Kind, k.Digest, k.Stream)
	}
	for _, account := range c.destroyed {
		do(sqliteDestroyed, account)
	}
	for _, k := range c.accountKeys {
		do(sqliteSealed, k.Account, k.Wrapped)
	}
	return err
}
