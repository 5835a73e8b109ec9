package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Directory = (*Store)(nil)

// Find implements ports.Directory.
func (s *Store) Find(ctx context.Context, key ports.UniqueKey) (event.Stream, error) {
	var name string
	err := reading(ctx, func() error {
		return s.read.NewRaw("SELECT stream FROM unique_keys WHERE kind = ? AND digest = ?",
			key.Kind, present(key.Digest)).Scan(ctx, &name)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return event.Stream{}, fmt.Errorf("find the holder of this %s: %w", key.Kind, ports.ErrNotFound)
	}
	if err != nil {
		return event.Stream{}, fmt.Errorf("find the holder of this %s: %w", key.Kind, err)
	}
	return streamOf(name), nil
}

// List implements ports.Directory.
func (s *Store) List(ctx context.Context, q ports.Query) ([]ports.Row, int, error) {
	if !storable(q.Kind, q.Account, q.Client) {
		return nil, 0, nil
	}
	total, err := fitting(s.read.NewSelect().Model((*stateRow)(nil)), q).Count(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("count %ss: %w", q.Kind, err)
	}
	limit := int64(q.Limit)
	if limit <= 0 {
		limit = math.MaxInt32 // SQLite takes no OFFSET without a LIMIT
	}
	var found []keyedRow
	err = fitting(s.read.NewSelect().Model(&found), q).ColumnExpr("s.*, k.wrapped").
		Join("LEFT JOIN account_keys AS k ON k.account = s.account").
		OrderExpr("s.stream DESC").Limit(limit).Offset(int64(q.Offset)).Scan(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("list %ss: %w", q.Kind, err)
	}
	rows := make([]ports.Row, len(found))
	for i, r := range found {
		rows[i] = r.row()
	}
	return rows, int(total), nil
}

// afterSlash is the character that follows "/", which stands between a stream's kind and its id.
const afterSlash = "0"

// fitting narrows a query to what q shows. A kind is a range of the streams' names, which all of
// the indexes have in their order.
func fitting(query *bun.SelectQuery, q ports.Query) *bun.SelectQuery {
	query = query.Where("s.stream > ? AND s.stream < ?", q.Kind+"/", q.Kind+afterSlash)
	if q.Account != "" {
		query = query.Where("s.account = ? AND s.account <> ''", q.Account)
	}
	if q.Client != "" {
		query = query.Where("s.client = ? AND s.client <> ''", q.Client)
	}
	if !q.Live.IsZero() {
		query = query.Where("(s.ends = 0 OR s.ends > ?)", micros(q.Live))
	}
	return query
}
