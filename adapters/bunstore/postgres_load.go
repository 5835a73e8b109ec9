package bunstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// load implements dialect, by the function load_states.
func (d *postgres) load(ctx context.Context, streams []string) (rows []keyedRow, err error) {
	err = d.use(ctx, func(conn *pgx.Conn) error {
		found, err := conn.Query(ctx, "SELECT * FROM load_states($1)", d.mode, streams)
		if err != nil {
			return err
		}
		rows, err = pgx.AppendRows(make([]keyedRow, 0, 3*len(streams)), found, scanState)
		return err
	})
	return rows, err
}

func scanState(row pgx.CollectableRow) (r keyedRow, err error) {
	err = row.Scan(&r.Stream, &r.Version, &r.Shape, &r.Account, &r.Client, &r.Ends, &r.Keep, &r.Data, &r.Wrapped)
	return r, err
}

// use lends a connection of the pool to do.
func (d *postgres) use(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := d.db.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(raw any) error { return do(raw.(*stdlib.Conn).Conn()) })
}
