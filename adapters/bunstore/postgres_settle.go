package bunstore

import (
	"context"
	"errors"
	"fmt"

	"writ/domain/event"
)

// errAssumption says that commits cannot be settled by what they assume.
var errAssumption = errors.New("what was assumed does not stand")

// commitLog is the call of the function commit_log, which is one transaction.
const commitLog = `SELECT commit_log($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
	$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)`

// settle writes changes that were decided on assumptions, if these stand. Nobody holds log_head
// while this process does anything else.
func (t *transaction) settle(ctx context.Context, c changes) (head event.Position, err error) {
	if len(c.events) == 0 || len(c.gone)+len(c.revived) > 0 {
		return 0, errAssumption
	}
	t.counts.trips.Add(1)
	err = t.conn.QueryRow(ctx, commitLog, append([]any{t.mode}, c.columns()...)...).Scan((*int64)(&head))
	if err != nil && !refuted(err) {
		err = &brokenError{fateAfter(err), fmt.Errorf("write and commit: %w", err)}
	}
	return head, err
}

// refuted reports that nothing was written because something is not as it was assumed: a stream
// has moved, or a key that was free is held.
func refuted(err error) bool {
	const moved, uniqueViolation = "WR001", "23505"
	code, answered := isServerError(err)
	return errors.Is(err, errAssumption) || answered && (code == moved || code == uniqueViolation)
}

// columns are the arguments of commit_log, in its order.
func (c changes) columns() []any {
	all := []any{c.era}
	all = append(all, stoodColumns(c.stood)...)
	all = append(all, eventColumns(c.events)...)
	all = append(all, stateColumns(c.states)...)
	all = append(all, keyColumns(c.claimed)...)
	return append(all, keyColumns(c.freed)...)
}

func stoodColumns(rows []versionRow) []any {
	there, at, absent := []string{}, []int64{}, []string{}
	for _, r := range rows {
		if r.RowVersion > 0 {
			there, at = append(there, r.Stream), append(at, r.RowVersion)
		} else {
			absent = append(absent, r.Stream)
		}
	}
	return []any{there, at, absent}
}

func eventColumns(rows []eventRow) []any {
	return []any{
		column(rows, func(r *eventRow) string { return r.ID }),
		column(rows, func(r *eventRow) string { return r.Stream }),
		column(rows, func(r *eventRow) string { return r.Kind }),
		column(rows, func(r *eventRow) int64 { return r.Version }),
		column(rows, func(r *eventRow) string { return r.Name }),
		column(rows, func(r *eventRow) int32 { return int32(r.Revision) }),
		column(rows, func(r *eventRow) int64 { return r.At }),
		column(rows, func(r *eventRow) string { return r.Cause }),
		column(rows, func(r *eventRow) []byte { return r.Data }),
	}
}

func stateColumns(rows []stateRow) []any {
	begun := int32(0)
	for i := range rows {
		if rows[i].was == 0 {
			begun++
		}
	}
	return []any{
		begun,
		column(rows, func(r *stateRow) string { return r.Stream }),
		column(rows, func(r *stateRow) string { return r.Kind }),
		column(rows, func(r *stateRow) int64 { return r.was }),
		column(rows, func(r *stateRow) int64 { return r.Version }),
		column(rows, func(r *stateRow) int32 { return int32(r.Shape) }),
		column(rows, func(r *stateRow) string { return r.Account }),
		column(rows, func(r *stateRow) string { return r.Client }),
		column(rows, func(r *stateRow) int64 { return r.Ends }),
		column(rows, func(r *stateRow) int64 { return r.Keep }),
		column(rows, func(r *stateRow) []byte { return r.Data }),
	}
}

func keyColumns(rows []keyRow) []any {
	return []any{
		column(rows, func(r *keyRow) string { return r.Kind }),
		column(rows, func(r *keyRow) []byte { return r.Digest }),
		column(rows, func(r *keyRow) string { return r.Stream }),
	}
}

// column is one value of each row. It is never nil, which would be NULL.
func column[R, V any](rows []R, value func(*R) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = value(&rows[i])
	}
	return values
}
