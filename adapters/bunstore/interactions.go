package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"writ/ports"
)

var _ ports.Interactions = (*Store)(nil)

type interactionRow struct {
	bun.BaseModel `bun:"table:interactions"`

	ID      string `bun:"id,pk"`
	Session string `bun:"session"`
	Account string `bun:"account"`
	Request []byte `bun:"request"`
	Expires int64  `bun:"expires"`
}

// Keep implements ports.Interactions.
func (s *Store) Keep(ctx context.Context, i ports.Interaction) error {
	row := interactionRow{
		ID: i.ID, Session: i.Session, Account: i.Account, Request: present(i.Request), Expires: micros(i.Expires),
	}
	_, err := s.write.NewInsert().Model(&row).Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep interaction %s: %w", i.ID, err)
	}
	return nil
}

// Bind implements ports.Interactions, in one conditional write: of two sessions one gets it.
func (s *Store) Bind(ctx context.Context, id, session, account string, now time.Time) (ports.Interaction, error) {
	if !storable(id, session, account) {
		return ports.Interaction{}, fmt.Errorf("bind interaction: %w", ports.ErrNotFound)
	}
	var row interactionRow
	err := s.write.NewRaw(`UPDATE interactions
		SET session = ?1, account = CASE WHEN session = '' THEN ?2 ELSE account END
		WHERE id = ?0 AND (session = '' OR session = ?1) AND expires > ?3
		RETURNING id, session, account, request, expires`,
		id, session, account, micros(now)).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		err = ports.ErrNotFound
	}
	if err != nil {
		return ports.Interaction{}, fmt.Errorf("bind interaction %s: %w", id, err)
	}
	return ports.Interaction{
		ID: row.ID, Session: row.Session, Account: row.Account, Request: row.Request, Expires: timeOf(row.Expires),
	}, nil
}
