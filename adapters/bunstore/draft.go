package bunstore

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Draft = (*Store)(nil)

// maxUnseen is how many facts a draft may have yet to see when it is set beside what is live.
const maxUnseen = 4096

// Begin implements ports.Draft.
func (s *Store) Begin(ctx context.Context) (string, error) {
	draft := rand.Text()
	err := patiently(ctx, s.write, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO drafts (one, name, position) VALUES (1, ?, 0)
			ON CONFLICT (one) DO UPDATE SET name = EXCLUDED.name, position = 0`, draft).Exec(ctx)
		if err != nil {
			return err
		}
		return emptyDraft(ctx, tx)
	})
	if err != nil {
		return "", fmt.Errorf("begin a draft: %w", err)
	}
	return draft, nil
}

// emptyDraft empties the draft whose row in drafts the transaction has written.
func emptyDraft(ctx context.Context, tx bun.Tx) error {
	for _, table := range []string{"draft_keys", "draft_states"} {
		_, err := tx.NewRaw("DELETE FROM ?", bun.Ident(table)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("empty %s: %w", table, err)
		}
	}
	return nil
}

// Discard implements ports.Draft.
func (s *Store) Discard(ctx context.Context, draft string) error {
	err := patiently(ctx, s.write, func(ctx context.Context, tx bun.Tx) error {
		n, err := affected(tx.NewRaw("DELETE FROM drafts WHERE name = ?", draft).Exec(ctx))
		if err == nil && n == 0 {
			err = ports.ErrConflict
		}
		if err != nil {
			return err
		}
		return emptyDraft(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("discard draft %s: %w", draft, err)
	}
	return nil
}

// Extend implements ports.Draft. It derives before it writes, so that nobody waits for that.
func (s *Store) Extend(ctx context.Context, draft string, limit int, derive ports.Derivation) (int, error) {
	e, err := nextFacts(ctx, s.read, draft, limit, derive)
	if err == nil && len(e.facts) > 0 {
		err = patiently(ctx, s.write, func(ctx context.Context, tx bun.Tx) error { return e.keep(ctx, tx) })
	}
	if err != nil {
		return 0, fmt.Errorf("extend draft %s: %w", draft, err)
	}
	return len(e.facts), nil
}

// extension is what some facts make of a draft.
type extension struct {
	draft   string
	from    int64
	facts   []event.Fact
	derived []ports.Derived
}

// nextFacts reads the facts that a draft has yet to see, and derives what they make of it.
func nextFacts(ctx context.Context, db bun.IDB, draft string, limit int, derive ports.Derivation) (e extension, err error) {
	e.draft = draft
	var positions []int64
	err = db.NewRaw("SELECT position FROM drafts WHERE name = ?", draft).Scan(ctx, &positions)
	if err == nil && len(positions) == 0 {
		err = ports.ErrConflict
	}
	if err != nil {
		return e, err
	}
	e.from = positions[0]
	var rows []eventRow
	err = db.NewSelect().Model(&rows).Where("position > ?", e.from).OrderExpr("position").Limit(int64(limit)).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return e, err
	}
	m := ports.Material{Key: keysOf(ctx, db)}
	var streams []string
	for _, r := range rows {
		m.Facts, streams = append(m.Facts, r.fact()), append(streams, r.Stream)
	}
	m.Rows, err = keyedRows(ctx, db, "draft_states", streams)
	if err != nil {
		return e, err
	}
	e.facts = m.Facts
	e.derived, err = derive(m)
	return e, err
}

// keysOf reads the wrapped key of each account once.
func keysOf(ctx context.Context, db bun.IDB) func(account string) ([]byte, error) {
	known := map[string][]byte{}
	return func(account string) ([]byte, error) {
		if wrapped, is := known[account]; is {
			return wrapped, nil
		}
		wrapped, err := accountKey(ctx, db, account)
		if err == nil {
			known[account] = wrapped
		}
		return wrapped, err
	}
}

// keyedRows reads rows of streams from a table of states, with the keys of their accounts.
func keyedRows(ctx context.Context, db bun.IDB, table string, streams []string) ([]ports.Row, error) {
	var found []keyedRow
	err := db.NewRaw(`SELECT s.*, k.wrapped FROM ? AS s LEFT JOIN account_keys AS k ON k.account = s.account WHERE s.stream IN (?)`,
		bun.Ident(table), bun.List(streams)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	rows := make([]ports.Row, len(found))
	for i, r := range found {
		rows[i] = r.row()
	}
	return rows, nil
}

// to is the position up to which the extended draft has seen the log.
func (e extension) to() int64 { return e.from + int64(len(e.facts)) } // positions are dense

// keep writes an extension, unless the draft is elsewhere or ended.
func (e extension) keep(ctx context.Context, tx bun.Tx) error {
	n, err := affected(tx.NewRaw("UPDATE drafts SET position = ? WHERE name = ? AND position = ?", e.to(), e.draft, e.from).Exec(ctx))
	if err == nil && n == 0 {
		err = ports.ErrConflict
	}
	if err != nil || len(e.derived) == 0 {
		return err
	}
	var streams []string
	var states []stateRow
	var keys []draftKeyRow
	for _, d := range e.derived {
		name := d.Row.Stream.String()
		streams, states = append(streams, name), append(states, stateRowOf(d.Row))
		for _, k := range d.Keys {
			keys = append(keys, draftKeyRow{Stream: name, Kind: k.Kind, Digest: k.Digest})
		}
	}
	_, err = tx.NewInsert().Model(&states).ModelTableExpr("draft_states").On("CONFLICT (stream) DO UPDATE").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return rewriteDraftKeys(ctx, tx, streams, keys)
}

func rewriteDraftKeys(ctx context.Context, tx bun.Tx, streams []string, keys []draftKeyRow) error {
	_, err := tx.NewRaw("DELETE FROM draft_keys WHERE stream IN (?)", bun.List(streams)).Exec(ctx)
	if err == nil && len(keys) > 0 {
		_, err = tx.NewInsert().Model(&keys).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}
