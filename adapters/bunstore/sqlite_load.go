package bunstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
)

// The texts of statements are constant, so that each is parsed once; lists of any length come as
// JSON.
const sqliteStates = `SELECT s.stream, s.version, s.shape, s.account, s.client, s.ends, s.keep, s.data, k.wrapped
	FROM json_each(?) AS asked CROSS JOIN states AS s ON s.stream = asked.value
	LEFT JOIN account_keys AS k ON k.account = s.account`

// load implements dialect. What rows link to is read after them, in the same transaction, so that
// all of it stood at one moment.
func (d *sqlite) load(ctx context.Context, streams []string) (rows []keyedRow, err error) {
	err = d.reading.hold(ctx, func(ctx context.Context, s *sqliteSession) error {
		return s.within(ctx, "BEGIN", func() error {
			rows, err = s.states(ctx, make([]keyedRow, 0, 3*len(streams)), streams)
			if err != nil {
				return err
			}
			rows, err = s.states(ctx, rows, unasked(rows, streams))
			return err
		})
	})
	return rows, err
}

// The era comes with the versions, under the name that no stream has.
const sqliteRowVersions = `SELECT '', era FROM eras UNION ALL SELECT s.stream, s.version
	FROM json_each(?) AS asked CROSS JOIN states AS s ON s.stream = asked.value`

// confirm implements dialect.
func (d *sqlite) confirm(ctx context.Context, read []versionRow) (moved []int64, era int64, err error) {
	list, err := json.Marshal(column(read, func(r *versionRow) string { return r.Stream }))
	if err != nil {
		return nil, 0, err
	}
	now := make(map[string]int64, len(read))
	err = d.reading.hold(ctx, func(ctx context.Context, s *sqliteSession) error {
		return s.query(ctx, func(row []driver.Value) { now[row[0].(string)] = row[1].(int64) }, sqliteRowVersions, string(list))
	})
	for i, r := range read {
		if now[r.Stream] != r.RowVersion {
			moved = append(moved, int64(i))
		}
	}
	return moved, now[""], err
}

// unasked are the accounts and the clients of rows that were not among the streams asked for.
func unasked(rows []keyedRow, asked []string) (links []string) {
	known := make(map[string]bool, len(asked)+2)
	for _, stream := range asked {
		known[stream] = true
	}
	link := func(kind, id string) {
		if stream := kind + id; id != "" && !known[stream] {
			known[stream] = true
			links = append(links, stream)
		}
	}
	for _, r := range rows {
		link("account/", r.Account)
		link("client/", r.Client)
	}
	return links
}

func (s *sqliteSession) states(ctx context.Context, rows []keyedRow, streams []string) ([]keyedRow, error) {
	if len(streams) == 0 {
		return rows, nil
	}
	list, err := json.Marshal(streams)
	if err != nil {
		return nil, err
	}
	err = s.query(ctx, func(row []driver.Value) {
		rows = append(rows, keyedRow{stateRow: stateRow{
			Stream: row[0].(string), Version: row[1].(int64), Shape: int(row[2].(int64)), Account: row[3].(string),
			Client: row[4].(string), Ends: row[5].(int64), Keep: row[6].(int64), Data: bytesOf(row[7]),
		}, Wrapped: bytesOf(row[8])})
	}, sqliteStates, string(list))
	return rows, err
}

// bytesOf is a blob of a row; an empty one comes as NULL does.
func bytesOf(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}
