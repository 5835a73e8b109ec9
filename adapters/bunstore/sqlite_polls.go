package bunstore

import (
	"context"
	"strings"
)

// poll implements dialect.
func (d *sqlite) poll(ctx context.Context, notes []pollRow) (after []pollRow, err error) {
	var args []any
	for _, n := range notes {
		args = append(args, n.Device, n.At, n.Every, n.Forget)
	}
	values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, 0, ?),", len(notes)), ",")
	rows, err := d.write.DB.QueryContext(ctx, "INSERT INTO polls AS p (device, at, every, early, forget) VALUES "+values+pollRules, args...)
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
