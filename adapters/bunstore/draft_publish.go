package bunstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
	bundialect "github.com/uptrace/bun/dialect"

	"writ/domain/event"
	"writ/ports"
)

// Publish implements ports.Draft. Nobody waits for more than the streams that are replaced, for
// every other row of the draft is as the live one.
func (s *Store) Publish(ctx context.Context, draft string, streams []event.Stream, derive ports.Derivation) error {
	names := make([]string, len(streams))
	for i, stream := range streams {
		names[i] = stream.String()
	}
	err := s.db.locked(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := catchUp(ctx, tx, draft, derive)
		if err != nil {
			return err
		}
		for _, step := range []string{"give back", "take"} {
			for some := range slices.Chunk(names, maxAsked) {
				err := replace(ctx, tx, publishing[step], some)
				if err != nil {
					return fmt.Errorf("%s: %w", step, err)
				}
			}
		}
		return nextEra(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("publish draft %s: %w", draft, err)
	}
	return nil
}

func catchUp(ctx context.Context, tx bun.Tx, draft string, derive ports.Derivation) error {
	for {
		e, err := nextFacts(ctx, tx, draft, maxUnseen, derive)
		if err != nil || len(e.facts) == 0 {
			return err
		}
		err = e.keep(ctx, tx)
		if err != nil {
			return err
		}
	}
}

// publishing are the statements that replace streams. What is held wrongly is given back by all before
// anything is taken.
var publishing = map[string][]string{
	"give back": {
		"DELETE FROM unique_keys WHERE stream IN (?0)",
		"DELETE FROM states WHERE stream IN (?0) AND stream NOT IN (SELECT stream FROM draft_states WHERE stream IN (?0))",
	},
	"take": {
		`INSERT INTO states (stream, kind, version, shape, account, client, ends, keep, data)
			SELECT d.stream, d.kind, d.version, d.shape, d.account, d.client, d.ends, d.keep, d.data
			FROM draft_states AS d LEFT JOIN states AS s ON s.stream = d.stream
				LEFT JOIN purged AS p ON p.stream = d.stream AND p.version = d.version
			WHERE d.stream IN (?0) AND (s.stream IS NOT NULL OR p.stream IS NULL)
			ON CONFLICT (stream) DO UPDATE SET kind = EXCLUDED.kind, version = EXCLUDED.version, shape = EXCLUDED.shape,
				account = EXCLUDED.account, client = EXCLUDED.client, ends = EXCLUDED.ends, keep = EXCLUDED.keep, data = EXCLUDED.data`,
		"DELETE FROM purged WHERE stream IN (?0) AND stream IN (SELECT stream FROM states WHERE stream IN (?0))",
		`UPDATE purged SET account = (SELECT d.account FROM draft_states AS d WHERE d.stream = purged.stream),
				client = (SELECT d.client FROM draft_states AS d WHERE d.stream = purged.stream)
			WHERE stream IN (?0) AND stream IN (SELECT stream FROM draft_states WHERE stream IN (?0))`,
		`INSERT INTO unique_keys (kind, digest, stream)
			SELECT k.kind, k.digest, k.stream FROM draft_keys AS k JOIN states AS s ON s.stream = k.stream
			WHERE k.stream IN (?0) ON CONFLICT (kind, digest) DO NOTHING`,
	},
}

func replace(ctx context.Context, tx bun.Tx, statements, names []string) error {
	for _, statement := range statements {
		_, err := tx.NewRaw(statement, bun.List(names)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// nextEra lets everything fail that is decided on rows which were read before.
func nextEra(ctx context.Context, tx bun.Tx) error {
	table := "log_head"
	if tx.Dialect().Name() == bundialect.SQLite {
		table = "eras"
	}
	_, err := tx.NewRaw("UPDATE ? SET era = era + 1 WHERE one = 1", bun.Ident(table)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("begin another era: %w", err)
	}
	return nil
}
