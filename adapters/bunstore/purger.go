package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

var (
	_ ports.Purger      = (*Store)(nil)
	_ ports.PurgeRecord = (*Store)(nil)
)

// stampsKept is how long the note of a last use is kept.
const stampsKept = 400 * 24 * time.Hour

// Purge implements ports.Purger.
func (s *Store) Purge(ctx context.Context, now time.Time, limit int) (int, error) {
	total, err := s.purgeStates(ctx, now, limit)
	if err != nil {
		return 0, fmt.Errorf("purge state rows: %w", err)
	}
	for _, table := range []struct {
		db            *bun.DB
		name, id, due string
		before        time.Time
	}{
		{s.write, "interactions", "id", "expires", now},
		{s.notes, "polls", "device", "forget", now},
		{s.write, "stamps", "stream", "at", now.Add(-stampsKept)},
		{s.write, "challenges", "id", "expires", now},
		{s.write, "quotas", "key", "ends", now},
	} {
		n, err := affected(table.db.NewRaw("DELETE FROM ?0 WHERE ?1 IN (SELECT ?1 FROM ?0 WHERE ?2 < ?3 ORDER BY ?2 LIMIT ?4)",
			bun.Ident(table.name), bun.Ident(table.id), bun.Ident(table.due), micros(table.before), limit).Exec(ctx))
		total += n
		if err != nil {
			return total, fmt.Errorf("purge %s: %w", table.name, err)
		}
	}
	return total, nil
}

func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// purgeStates takes rows away while nobody can decide on them, which is while log_head is held.
func (s *Store) purgeStates(ctx context.Context, now time.Time, limit int) (int, error) {
	var due []purgedRow
	err := s.db.locked(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewRaw("SELECT stream, version, account, client FROM states WHERE keep <> 0 AND keep < ? ORDER BY keep LIMIT ?",
			micros(now), limit).Scan(ctx, &due)
		if err != nil || len(due) == 0 {
			return err
		}
		_, err = tx.NewInsert().Model(&due).On("CONFLICT (stream) DO UPDATE").Exec(ctx)
		if err != nil {
			return err
		}
		return forget(ctx, tx, due)
	})
	return len(due), err
}

func forget(ctx context.Context, tx bun.Tx, due []purgedRow) error {
	streams := make([]string, len(due))
	for i, r := range due {
		streams[i] = r.Stream
	}
	for _, table := range []string{"states", "unique_keys", "stamps"} {
		_, err := tx.NewRaw("DELETE FROM ? WHERE stream IN (?)", bun.Ident(table), bun.List(streams)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("delete from %s: %w", table, err)
		}
	}
	return nil
}

// Purged implements ports.PurgeRecord.
func (s *Store) Purged(ctx context.Context, stream event.Stream) (event.Version, error) {
	var version int64
	err := s.read.NewRaw("SELECT version FROM purged WHERE stream = ?", stream.String()).Scan(ctx, &version)
	if errors.Is(err, sql.ErrNoRows) {
		err = ports.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("look whether %s was purged: %w", stream, err)
	}
	return event.Version(version), nil
}
