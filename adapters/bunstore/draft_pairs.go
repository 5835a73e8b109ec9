package bunstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

// Pairs implements ports.Draft. What the draft has yet to see is derived for this answer alone.
func (s *Store) Pairs(ctx context.Context, draft, after string, limit int, derive ports.Derivation) (pairs []ports.Pair, err error) {
	err = s.db.steady(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, err := nextFacts(ctx, tx, draft, maxUnseen, derive)
		if err == nil && len(e.facts) == maxUnseen {
			err = fmt.Errorf("a draft that is too far behind: %w", ports.ErrConflict)
		}
		if err != nil {
			return err
		}
		names, err := e.names(ctx, tx, after, limit)
		if err == nil && len(names) > 0 {
			pairs, err = e.pairs(ctx, tx, names)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("compare with draft %s: %w", draft, err)
	}
	return pairs, nil
}

// names are the next streams of which anything is live or in the extended draft.
func (e extension) names(ctx context.Context, db bun.IDB, after string, limit int) ([]string, error) {
	var all []string
	for _, table := range []string{"states", "draft_states", "unique_keys"} {
		var some []string
		err := db.NewRaw("SELECT DISTINCT stream FROM ? WHERE stream > ? ORDER BY stream LIMIT ?",
			bun.Ident(table), after, limit).Scan(ctx, &some)
		if err != nil {
			return nil, fmt.Errorf("list the streams in %s: %w", table, err)
		}
		all = append(all, some...)
	}
	for _, d := range e.derived {
		if name := d.Row.Stream.String(); name > after {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(limit, len(all))], nil
}

// pairs reads what is known of streams, which are in the order of their names.
func (e extension) pairs(ctx context.Context, db bun.IDB, names []string) ([]ports.Pair, error) {
	pairs, by := make([]ports.Pair, len(names)), make(map[event.Stream]*ports.Pair, len(names))
	for i, name := range names {
		pairs[i].Stream = streamOf(name)
		by[pairs[i].Stream] = &pairs[i]
	}
	live, err := keyedRows(ctx, db, "states", names)
	if err != nil {
		return nil, err
	}
	for i := range live {
		by[live[i].Stream].Live = &live[i]
	}
	err = e.drafted(ctx, db, names, by)
	if err == nil {
		err = held(ctx, db, names, by)
	}
	if err == nil {
		err = notedAsPurged(ctx, db, names, by)
	}
	return pairs, err
}

// drafted fills in the draft's side.
func (e extension) drafted(ctx context.Context, db bun.IDB, names []string, by map[event.Stream]*ports.Pair) error {
	rows, err := keyedRows(ctx, db, "draft_states", names)
	if err != nil {
		return err
	}
	for _, row := range rows {
		by[row.Stream].Draft = &ports.Derived{Row: row}
	}
	var keys []draftKeyRow
	err = db.NewSelect().Model(&keys).Where("stream IN (?)", bun.List(names)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read the keys of a draft: %w", err)
	}
	for _, k := range keys {
		if d := by[streamOf(k.Stream)].Draft; d != nil {
			d.Keys = append(d.Keys, ports.UniqueKey{Kind: k.Kind, Digest: k.Digest})
		}
	}
	key := keysOf(ctx, db)
	for _, d := range e.derived {
		p := by[d.Row.Stream]
		if p == nil {
			continue
		}
		d.Row.Key, err = key(d.Row.Account)
		if err != nil {
			return err
		}
		p.Draft = &d
	}
	return nil
}

func held(ctx context.Context, db bun.IDB, names []string, by map[event.Stream]*ports.Pair) error {
	var keys []keyRow
	err := db.NewSelect().Model(&keys).Where("stream IN (?)", bun.List(names)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read unique keys: %w", err)
	}
	for _, k := range keys {
		p := by[streamOf(k.Stream)]
		p.Holds = append(p.Holds, ports.UniqueKey{Kind: k.Kind, Digest: k.Digest})
	}
	return nil
}

func notedAsPurged(ctx context.Context, db bun.IDB, names []string, by map[event.Stream]*ports.Pair) error {
	var rows []purgedRow
	err := db.NewSelect().Model(&rows).Where("stream IN (?)", bun.List(names)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read which rows were purged: %w", err)
	}
	for _, r := range rows {
		stream := streamOf(r.Stream)
		by[stream].Purged = &ports.Row{Stream: stream, Version: event.Version(r.Version), Account: r.Account, Client: r.Client}
	}
	return nil
}
