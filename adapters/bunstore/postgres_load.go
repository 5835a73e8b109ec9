package bunstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// loadStates looks up the streams asked for, and then what they belong to, which may be among them.
// The key of an account comes with the account's own row.
const loadStates = `WITH asked AS MATERIALIZED (SELECT * FROM states WHERE stream = ANY ($1::text[]))
	SELECT s.stream, s.version, s.shape, s.account, s.client, s.ends, s.keep, s.data,
		CASE WHEN s.stream = 'account/' || s.account THEN (SELECT k.wrapped FROM account_keys AS k WHERE k.account = s.account) END
	FROM (
		SELECT * FROM asked
		UNION ALL
		SELECT * FROM states WHERE stream = ANY (ARRAY(
			SELECT unnest(ARRAY['account/' || account, 'client/' || client]) FROM asked))
	) AS s`

// load implements dialect.
func (d *postgres) load(ctx context.Context, streams []string) (rows []keyedRow, err error) {
	err = d.use(ctx, func(conn *pgx.Conn) error {
		found, err := conn.Query(ctx, loadStates, d.mode, streams)
		if err != nil {
			return err
		}
		rows, err = pgx.AppendRows(make([]keyedRow, 0, 3*len(streams)), found, scanState)
		if err != nil {
			return err
		}
		return d.shareKeys(ctx, conn, rows)
	})
	return rows, err
}

// confirmStates gives the era, and the places of the streams that have another version.
const confirmStates = `SELECT h.era, ARRAY(
		SELECT r.place - 1 FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS r(stream, version, place)
		LEFT JOIN states AS s ON s.stream = r.stream
		WHERE COALESCE(s.version, 0) <> r.version)
	FROM log_head AS h WHERE h.one = 1`

// confirm implements dialect.
func (d *postgres) confirm(ctx context.Context, read []versionRow) (moved []int64, era int64, err error) {
	err = d.use(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, confirmStates, d.mode,
			column(read, func(r *versionRow) string { return r.Stream }),
			column(read, func(r *versionRow) int64 { return r.RowVersion })).Scan(&era, &moved)
	})
	return moved, era, err
}

func scanState(row pgx.CollectableRow) (r keyedRow, err error) {
	err = row.Scan(&r.Stream, &r.Version, &r.Shape, &r.Account, &r.Client, &r.Ends, &r.Keep, &r.Data, &r.Wrapped)
	return r, err
}

// shareKeys gives every row the key of its account.
func (d *postgres) shareKeys(ctx context.Context, conn *pgx.Conn, rows []keyedRow) error {
	keys := make(map[string][]byte, len(rows))
	for _, r := range rows {
		if r.isAccount() {
			keys[r.Account] = r.Wrapped
		}
	}
	for i := range rows {
		r := &rows[i]
		wrapped, known := keys[r.Account]
		if !known && r.Account != "" {
			err := d.lookUpKey(ctx, conn, r.Account, &wrapped)
			if err != nil {
				return err
			}
			keys[r.Account] = wrapped
		}
		r.Wrapped = wrapped
	}
	return nil
}

// lookUpKey is for a row whose account has none of its own, which no part of Writ brings about.
func (d *postgres) lookUpKey(ctx context.Context, conn *pgx.Conn, account string, into *[]byte) error {
	rows, err := conn.Query(ctx, "SELECT wrapped FROM account_keys WHERE account = $1", d.mode, account)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if len(found) > 0 {
		*into = found[0]
	}
	return err
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
