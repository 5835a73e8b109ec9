package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	dialects "github.com/uptrace/bun/dialect"

	"writ/ports"
)

var _ ports.Challenges = (*Store)(nil)

type challengeRow struct {
	bun.BaseModel `bun:"table:challenges"`

	ID      string `bun:"id,pk"`
	Topic   []byte `bun:"topic"`
	Source  []byte `bun:"source"`
	Code    []byte `bun:"code"`
	Link    []byte `bun:"link"`
	Sealed  []byte `bun:"sealed"`
	Begun   int64  `bun:"begun"`
	Expires int64  `bun:"expires"`
	Tries   int    `bun:"tries"`
	Strays  int    `bun:"strays"`
}

// Pose implements ports.Challenges.
func (s *Store) Pose(ctx context.Context, c ports.Challenge) error {
	row := challengeRow{
		ID: c.ID, Topic: present(c.Topic), Source: present(c.Source), Code: present(c.Code), Link: present(c.Link),
		Sealed: present(c.Sealed), Begun: micros(c.Begun), Expires: micros(c.Expires),
	}
	_, err := s.write.NewInsert().Model(&row).Exec(ctx)
	if err != nil {
		return fmt.Errorf("pose challenge %s: %w", c.ID, err)
	}
	return nil
}

// challengeColumns are those that a try brings.
const challengeColumns = "id, topic, source, code, link, sealed, begun, expires"

// Try implements ports.Challenges.
func (s *Store) Try(ctx context.Context, t ports.Try) ([]ports.Challenge, error) {
	rows, err := s.try(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("try to answer a challenge: %w", err)
	}
	var tried []ports.Challenge
	for _, r := range rows {
		tried = append(tried, ports.Challenge{
			ID: r.ID, Topic: absent(r.Topic), Source: r.Source, Code: r.Code, Link: absent(r.Link), Sealed: r.Sealed,
			Begun: timeOf(r.Begun), Expires: timeOf(r.Expires),
		})
	}
	return tried, nil
}

// absent is nil for what was kept as nothing.
func absent(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (s *Store) try(ctx context.Context, t ports.Try) (rows []challengeRow, err error) {
	switch {
	case t.ID != "" && storable(t.ID):
		err = s.write.NewRaw(`UPDATE challenges SET tries = tries + 1 WHERE id = ? AND expires > ? AND tries < ?
			RETURNING `+challengeColumns, t.ID, micros(t.Now), ports.MaxTries).Scan(ctx, &rows)
	case t.ID == "" && len(t.Topics) > 0:
		err = s.write.NewRaw(s.tryTopic(), bun.List(t.Topics), present(t.Source), micros(t.Now),
			ports.MaxTries, ports.MaxStrayTries, ports.MaxTried).Scan(ctx, &rows)
	}
	return rows, err
}

// tryTopic picks the challenges, locks them in one order, so that no two tries wait for each other,
// and looks at each again as it is then: of two tries at once the second sees what the first counted.
func (s *Store) tryTopic() string {
	const live = `expires > ?2 AND length(topic) > 0 AND (source = ?1 AND tries < ?3 OR source <> ?1 AND strays < ?4)`
	lock := ""
	if s.write.Dialect().Name() == dialects.PG {
		lock = " FOR UPDATE"
	}
	return `WITH picked AS (
			SELECT id FROM challenges WHERE topic IN (?0) AND ` + live + `
			ORDER BY CASE WHEN source = ?1 THEN 0 ELSE 1 END, begun DESC, id DESC LIMIT ?5
		), held AS (
			SELECT id FROM challenges WHERE id IN (SELECT id FROM picked) ORDER BY id` + lock + `
		)
		UPDATE challenges SET
			tries = tries + CASE WHEN source = ?1 THEN 1 ELSE 0 END,
			strays = strays + CASE WHEN source = ?1 THEN 0 ELSE 1 END
		WHERE id IN (SELECT id FROM held) AND ` + live + `
		RETURNING ` + challengeColumns
}

// Spend implements ports.Challenges. What is spent is gone, with the personal data in it.
func (s *Store) Spend(ctx context.Context, id string, now time.Time) error {
	if !storable(id) {
		return fmt.Errorf("spend challenge: %w", ports.ErrNotFound)
	}
	n, err := affected(s.write.NewRaw("DELETE FROM challenges WHERE id = ? AND expires > ?", id, micros(now)).Exec(ctx))
	if err == nil && n == 0 {
		err = ports.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("spend challenge %s: %w", id, err)
	}
	return nil
}
