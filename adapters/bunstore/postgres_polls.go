package bunstore

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// poll implements dialect.
func (d *postgres) poll(ctx context.Context, notes []pollRow) (after []pollRow, err error) {
	err = d.use(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `INSERT INTO polls AS p (device, at, every, early, forget)
			SELECT device, at, every, 0, forget
			FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n(device, at, every, forget)`+pollRules,
			d.mode,
			column(notes, func(r *pollRow) string { return r.Device }),
			column(notes, func(r *pollRow) int64 { return r.At }),
			column(notes, func(r *pollRow) int64 { return r.Every }),
			column(notes, func(r *pollRow) int64 { return r.Forget }))
		if err != nil {
			return err
		}
		after, err = pgx.AppendRows(after, rows, pgx.RowToStructByPos[pollRow])
		return err
	})
	return after, err
}
