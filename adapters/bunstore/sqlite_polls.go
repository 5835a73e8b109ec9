package bunstore

import (
	"context"
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
	rows, err := d.write.DB.QueryContext(ctx, writePolls, string(all))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n pollRow
		err = rows.Scan(&n.Device, &n.At, &n.Every, &n.Early, &n.Forget)
		if err != nil {
			return nil, err
		}
		after = append(after, n)
	}
	return after, rows.Err()
}
