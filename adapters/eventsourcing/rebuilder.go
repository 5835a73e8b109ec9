package eventsourcing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"writ/domain/event"
	"writ/ports"
)

// Rebuilder derives the state rows and the unique keys from the log again. A server may run
// meanwhile: a stream that moves is derived once more.
type Rebuilder struct {
	store  ports.Rewriter
	ledger *Ledger
}

// NewRebuilder makes a rebuilder of a store.
func NewRebuilder(store ports.Rewriter, ledger *Ledger) *Rebuilder {
	return &Rebuilder{store: store, ledger: ledger}
}

const rebuildBatch = 500

// Rebuild rewrites every row and returns how many streams it went through.
func (r *Rebuilder) Rebuild(ctx context.Context) (int, error) {
	total := 0
	for _, kind := range slices.Sorted(maps.Keys(blank)) {
		n, err := r.rebuildKind(ctx, kind)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (r *Rebuilder) rebuildKind(ctx context.Context, kind string) (total int, err error) {
	for after := ""; ; {
		streams, err := r.store.StreamsOf(ctx, kind, after, rebuildBatch)
		if err != nil || len(streams) == 0 {
			return total, err
		}
		for _, s := range streams {
			err = r.rebuildStream(ctx, s)
			if err != nil {
				return total, err
			}
			after = s.ID
			total++
		}
	}
}

func (r *Rebuilder) rebuildStream(ctx context.Context, s event.Stream) error {
	for {
		err := r.derive(ctx, s)
		if !errors.Is(err, ports.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
}

// derive replays the stream and writes what came of it.
func (r *Rebuilder) derive(ctx context.Context, s event.Stream) error {
	found := map[string][]byte{}
	key := func(account string) (_ []byte, err error) {
		found[account], err = r.store.AccountKey(ctx, account)
		return found[account], err
	}
	a := blank[s.Kind](s.ID)
	err := r.ledger.replay(ctx, a, math.MaxInt64, key)
	if err != nil {
		return fmt.Errorf("replay %s: %w", s, err)
	}
	index := a.State().Index()
	row, err := r.ledger.row(s, a.Core().Version(), a.State(), index, func(account string) ([]byte, error) { return found[account], nil })
	if err != nil {
		return err
	}
	err = r.spare(ctx, &row, a.State())
	if err != nil {
		return err
	}
	return r.store.Rewrite(ctx, row, r.ledger.keysOf(index.Unique, nil))
}

// spare leaves the stored form of a state as it is when it says the same. Sealing would give other
// bytes, and what others decide on the row at this moment would have to be decided again.
func (r *Rebuilder) spare(ctx context.Context, row *ports.Row, state event.State) error {
	rows, err := r.ledger.rows(ctx, []event.Stream{row.Stream})
	if err != nil {
		return err
	}
	live := find(rows, row.Stream)
	if live == nil || live.Version != row.Version || live.Shape != row.Shape {
		return nil
	}
	stored := blank[row.Stream.Kind](row.Stream.ID)
	if r.ledger.fill(stored, *live) != nil {
		return nil // it cannot be read
	}
	same, err := equal(stored.State(), state)
	if same {
		row.Data = live.Data
	}
	return err
}
