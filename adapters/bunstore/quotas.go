package bunstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"writ/ports"
)

var _ ports.Quotas = (*Store)(nil)

type quotaRow struct {
	bun.BaseModel `bun:"table:quotas,alias:q"`

	Key  []byte `bun:"key,pk"`
	Used int    `bun:"used"`
	Ends int64  `bun:"ends"`
}

// errUsedUp undoes a transaction that would have counted too much.
var errUsedUp = errors.New("an allowance is used up")

// Take implements ports.Quotas: it counts each use, and undoes all of that when one is too much.
// The rows are locked in the order of their keys, so that no two calls wait for each other.
func (s *Store) Take(ctx context.Context, now time.Time, uses ...ports.Allowance) (wait time.Duration, err error) {
	if len(uses) == 0 {
		return 0, nil
	}
	uses = slices.SortedFunc(slices.Values(uses), func(a, b ports.Allowance) int { return bytes.Compare(a.Key, b.Key) })
	err = s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		counted, err := countUses(ctx, tx, now, uses)
		if err != nil {
			return err
		}
		wait = waitFor(counted, uses, now)
		if wait > 0 {
			return errUsedUp
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUsedUp) {
		return 0, fmt.Errorf("count %d uses: %w", len(uses), err)
	}
	return wait, nil
}

// countUses gives the counts as they are with these uses.
func countUses(ctx context.Context, tx bun.Tx, now time.Time, uses []ports.Allowance) ([]quotaRow, error) {
	rows := make([]quotaRow, len(uses))
	for i, u := range uses {
		rows[i] = quotaRow{Key: present(u.Key), Used: 1, Ends: micros(now.Add(u.Window))}
	}
	var counted []quotaRow
	err := tx.NewInsert().Model(&rows).On("CONFLICT (key) DO UPDATE").
		Set("used = CASE WHEN q.ends <= ?0 THEN 1 WHEN q.used >= ?1 THEN q.used ELSE q.used + 1 END", micros(now), math.MaxInt32).
		Set("ends = CASE WHEN q.ends <= ?0 THEN EXCLUDED.ends ELSE q.ends END", micros(now)).
		Returning("key, used, ends").Scan(ctx, &counted)
	return counted, err
}

func waitFor(counted []quotaRow, uses []ports.Allowance, now time.Time) (wait time.Duration) {
	for _, c := range counted {
		i, found := slices.BinarySearchFunc(uses, c.Key, func(u ports.Allowance, key []byte) int { return bytes.Compare(u.Key, key) })
		if found && c.Used > uses[i].Most {
			wait = max(wait, cmp.Or(timeOf(c.Ends).Sub(now), time.Microsecond))
		}
	}
	return wait
}
