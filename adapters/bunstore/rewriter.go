package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Rewriter = (*Store)(nil)

// Rewrite implements ports.Rewriter, while nobody can decide on the row.
func (s *Store) Rewrite(ctx context.Context, row ports.Row, keys []ports.UniqueKey) error {
	err := s.db.locked(ctx, func(ctx context.Context, tx bun.Tx) error {
		purged, err := standsAt(ctx, tx, row)
		if err != nil || purged {
			return err
		}
		err = closeEra(ctx, tx, row)
		if err != nil {
			return err
		}
		state := stateRowOf(row)
		_, err = tx.NewInsert().Model(&state).On("CONFLICT (stream) DO UPDATE").Exec(ctx)
		if err != nil {
			return err
		}
		return rewriteKeys(ctx, tx, row.Stream, keys)
	})
	if err != nil {
		return fmt.Errorf("rewrite the row of %s: %w", row.Stream, err)
	}
	return nil
}

// standsAt makes sure that the log is where the row is, and says whether the row was purged. The
// note of that may be older than the columns which say whom the row belonged to.
func standsAt(ctx context.Context, tx bun.Tx, row ports.Row) (purged bool, err error) {
	var version int64
	err = tx.NewRaw("SELECT COALESCE(MAX(version), 0) FROM events WHERE stream = ?", row.Stream.String()).Scan(ctx, &version)
	if err != nil {
		return false, err
	}
	if event.Version(version) != row.Version {
		return false, ports.ErrConflict
	}
	noted, err := affected(tx.NewRaw("UPDATE purged SET account = ?, client = ? WHERE stream = ?",
		row.Account, row.Client, row.Stream.String()).Exec(ctx))
	return noted > 0, err
}

// closeEra begins another era if the row that is there says something else at the same version. A
// row of another shape was never believed, and one of another version is not expected by anybody.
func closeEra(ctx context.Context, tx bun.Tx, row ports.Row) error {
	var wrong int
	err := tx.NewRaw("SELECT COUNT(*) FROM states WHERE stream = ? AND version = ? AND shape = ? AND data <> ?",
		row.Stream.String(), int64(row.Version), row.Shape, present(row.Data)).Scan(ctx, &wrong)
	if err != nil || wrong == 0 {
		return err
	}
	return nextEra(ctx, tx)
}

func rewriteKeys(ctx context.Context, tx bun.Tx, stream event.Stream, keys []ports.UniqueKey) error {
	_, err := tx.NewRaw("DELETE FROM unique_keys WHERE stream = ?", stream.String()).Exec(ctx)
	if err != nil || len(keys) == 0 {
		return err
	}
	rows := make([]keyRow, len(keys))
	for i, k := range keys {
		rows[i] = keyRow{Kind: k.Kind, Digest: k.Digest, Stream: stream.String()}
	}
	_, err = tx.NewInsert().Model(&rows).On("CONFLICT (kind, digest) DO UPDATE").Exec(ctx)
	return err
}

// AccountKey implements ports.Rewriter.
func (s *Store) AccountKey(ctx context.Context, account string) ([]byte, error) {
	return accountKey(ctx, s.read, account)
}

func accountKey(ctx context.Context, db bun.IDB, account string) ([]byte, error) {
	var wrapped []byte
	err := db.NewRaw("SELECT wrapped FROM account_keys WHERE account = ?", account).Scan(ctx, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of account %s: %w", account, err)
	}
	return wrapped, nil
}

// StreamsOf implements ports.Rewriter.
func (s *Store) StreamsOf(ctx context.Context, kind, after string, limit int) ([]event.Stream, error) {
	var names []string
	err := s.read.NewRaw(`SELECT stream FROM events WHERE kind = ? AND version = 1 AND stream > ? ORDER BY stream LIMIT ?`,
		kind, event.Stream{Kind: kind, ID: after}.String(), limit).Scan(ctx, &names)
	if err != nil {
		return nil, fmt.Errorf("list the streams of %s: %w", kind, err)
	}
	return streamsOf(names), nil
}
