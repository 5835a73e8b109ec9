package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"slices"
)

// makePolls makes the table of polls in a file of its own: what is written there waits for no commit, no
// commit waits for it, and a crash may take it.
const makePolls = `CREATE TABLE IF NOT EXISTS polls (
		device TEXT    NOT NULL PRIMARY KEY,
		at     INTEGER NOT NULL,
		every  INTEGER NOT NULL,
		early  INTEGER NOT NULL,
		forget INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS polls_to_purge ON polls (forget)`

func openNotes(path string) (*sql.DB, error) {
	db, err := openSQLiteWriter(path, sqliteNotes)
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(makePolls) //nolint:noctx // opening takes no context, and a file answers at once
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// writePolls takes the notes as JSON, so that its text is always the same.
var writePolls = `INSERT INTO polls AS p (device, at, every, early, forget)
	SELECT value ->> 'Device', value ->> 'At', value ->> 'Every', 0, value ->> 'Forget' FROM json_each(?) WHERE true` + pollRules

// poll implements dialect. The notes are in another file than what they rely on, so that is confirmed first.
func (d *sqlite) poll(ctx context.Context, b pollBatch) (after []pollRow, err error) {
	notes := b.notes
	if len(b.read) > 0 {
		moved, era, err := d.confirm(ctx, b.read)
		if err != nil {
			return nil, err
		}
		notes = b.standing(moved, era)
	}
	if len(notes) == 0 {
		return nil, nil
	}
	all, err := json.Marshal(notes)
	if err != nil {
		return nil, err
	}
	err = d.noting.hold(ctx, func(ctx context.Context, s *sqliteSession) error {
		return s.query(ctx, func(row []driver.Value) {
			after = append(after, pollRow{
				Device: row[0].(string), At: row[1].(int64), Every: row[2].(int64), Early: int(row[3].(int64)), Forget: row[4].(int64),
			})
		}, writePolls, string(all))
	})
	return after, err
}

// standing are the notes that rely on nothing that moved, or was read in another era.
func (b pollBatch) standing(moved []int64, era int64) (notes []pollRow) {
	fallen := make(map[int32]bool)
	for _, l := range b.leans {
		if l.era != era || slices.Contains(moved, int64(l.read)) {
			fallen[l.note] = true
		}
	}
	for i, n := range b.notes {
		if !fallen[int32(i)] {
			notes = append(notes, n)
		}
	}
	return notes
}
