package bunstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"writ/domain/event"
)

const (
	// The head of the log is the last event: there is no row of its own to be written.
	sqliteHead = "SELECT COALESCE((SELECT MAX(position) FROM events), 0), (SELECT era FROM eras)"

	// A stream without a state row is looked up in the log itself, by the end of an index, so that
	// one whose row was purged is not begun again.
	sqliteVersions = `SELECT asked.value, COALESCE(s.version, 0), COALESCE(s.version,
			(SELECT MAX(e.version) FROM events AS e WHERE e.stream = asked.value), 0)
		FROM json_each(?) AS asked LEFT JOIN states AS s ON s.stream = asked.value`

	sqliteKey = "SELECT stream FROM unique_keys WHERE kind = ? AND digest = ?"
)

// ask answers a question. The transaction has the lock.
func (s *sqliteSession) ask(ctx context.Context, q *question) (a answers, err error) {
	a.head, a.era, err = s.head(ctx)
	if err != nil {
		return a, err
	}
	a.streams, err = s.versions(ctx, q.streams)
	if err != nil {
		return a, err
	}
	err = s.count(ctx, q, &a)
	if err != nil {
		return a, err
	}
	for _, k := range q.keys {
		digest := []byte(k.digest)
		err = s.query(ctx, func(row []driver.Value) {
			a.keys = append(a.keys, keyRow{Kind: k.kind, Digest: digest, Stream: row[0].(string)})
		}, sqliteKey, k.kind, digest)
		if err != nil {
			return a, fmt.Errorf("read unique keys: %w", err)
		}
	}
	return a, nil
}

// count asks for the rows that censuses are about.
func (s *sqliteSession) count(ctx context.Context, q *question, a *answers) error {
	for name, live := range q.censuses {
		var owned []ownedRow
		err := s.query(ctx, func(row []driver.Value) {
			owned = append(owned, ownedRow{Stream: row[0].(string), Ends: row[1].(int64)})
		}, ownedRows, name.account, name.kind+"/", name.kind+afterSlash, live)
		if err != nil {
			return fmt.Errorf("count the rows of an account: %w", err)
		}
		a.counted(name, owned)
	}
	return nil
}

func (s *sqliteSession) head(ctx context.Context) (head event.Position, era int64, err error) {
	err = s.query(ctx, func(row []driver.Value) { head, era = event.Position(row[0].(int64)), row[1].(int64) }, sqliteHead)
	if err != nil {
		return 0, 0, fmt.Errorf("read the head of the log: %w", err)
	}
	return head, era, nil
}

func (s *sqliteSession) versions(ctx context.Context, streams []string) ([]versionRow, error) {
	if len(streams) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(streams)
	if err != nil {
		return nil, err
	}
	rows := make([]versionRow, 0, len(streams))
	err = s.query(ctx, func(row []driver.Value) {
		rows = append(rows, versionRow{Stream: row[0].(string), RowVersion: row[1].(int64), Version: row[2].(int64)})
	}, sqliteVersions, string(list))
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", err)
	}
	return rows, nil
}

// confirm makes sure that streams which are relied on, and not written, are where they were taken
// to be. A stream without a row was taken not to have begun.
func (s *sqliteSession) confirm(ctx context.Context, stood []versionRow) error {
	names, at := make([]string, len(stood)), make(map[string]int64, len(stood))
	for i, r := range stood {
		names[i], at[r.Stream] = r.Stream, r.RowVersion
	}
	rows, err := s.versions(ctx, names)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.RowVersion != at[r.Stream] || r.Version != at[r.Stream] {
			return errAssumption
		}
	}
	return nil
}
