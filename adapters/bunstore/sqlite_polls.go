package bunstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
)

// writePolls takes the notes as JSON, so that its text is always the same.
var writePolls = `INSERT INTO polls AS p (device, at, every, early, forget)
	SELECT value ->> 'Device', value ->> 'At', value ->> 'Every', 0, value ->> 'Forget' FROM json_each(?) WHERE true` + pollRules

// poll implements dialect.
func (d *sqlite) poll(ctx context.Context, notes []pollRow) (after []pollRow, err error) {
	all, err := json.Marshal(notes)
	if err != nil {
		return nil, err
	}
	err = d.writing.hold(ctx, func(ctx context.Context, s *sqliteSession) error {
		return s.query(ctx, func(row []driver.Value) {
			after = append(after, pollRow{
				Device: row[0].(string), At: row[1].(int64), Every: row[2].(int64), Early: int(row[3].(int64)), Forget: row[4].(int64),
			})
		}, writePolls, string(all))
	})
	return after, err
}
