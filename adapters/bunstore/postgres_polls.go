package bunstore

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// notePolls writes the notes but for those that lean on something which moved, or was read in another era.
var notePolls = `WITH fallen AS MATERIALIZED (
		SELECT l.note FROM log_head AS h,
			unnest($7::integer[], $8::integer[], $9::bigint[]) AS l(note, read, era)
		WHERE h.one = 1 AND (l.era <> h.era OR l.read = ANY (ARRAY(
			SELECT (r.place - 1)::integer FROM unnest($5::text[], $6::bigint[]) WITH ORDINALITY AS r(stream, version, place)
			LEFT JOIN states AS s ON s.stream = r.stream
			WHERE COALESCE(s.version, 0) <> r.version))))
	INSERT INTO polls AS p (device, at, every, early, forget)
	SELECT n.device, n.at, n.every, 0, n.forget
	FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS n(device, at, every, forget, place)
	WHERE n.place - 1 <> ALL (ARRAY(SELECT note FROM fallen))` + pollRules

// poll implements dialect.
func (d *postgres) poll(ctx context.Context, b pollBatch) (after []pollRow, err error) {
	err = d.use(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, notePolls, d.mode,
			column(b.notes, func(r *pollRow) string { return r.Device }),
			column(b.notes, func(r *pollRow) int64 { return r.At }),
			column(b.notes, func(r *pollRow) int64 { return r.Every }),
			column(b.notes, func(r *pollRow) int64 { return r.Forget }),
			column(b.read, func(r *versionRow) string { return r.Stream }),
			column(b.read, func(r *versionRow) int64 { return r.RowVersion }),
			column(b.leans, func(l *lean) int32 { return l.note }),
			column(b.leans, func(l *lean) int32 { return l.read }),
			column(b.leans, func(l *lean) int64 { return l.era }))
		if err != nil {
			return err
		}
		after, err = pgx.AppendRows(after, rows, pgx.RowToStructByPos[pollRow])
		return err
	})
	return after, err
}
