package bunstore

import (
	"context"
	"errors"
	"fmt"

	"writ/domain/event"
)

// commit implements committer. Commits carry what their authors read, so that the batch is decided
// on that, and each statement that writes says what it replaces. Only when something else stands,
// the transaction is undone, and the database is asked first.
func (d *sqlite) commit(ctx context.Context, q *question, decide func(answers) changes) (head event.Position, err error) {
	err = d.writing.hold(ctx, func(ctx context.Context, s *sqliteSession) error {
		d.counts.trips.Add(1)
		if !q.unusual && len(q.keys) == 0 {
			head, err = s.settle(ctx, q, decide)
			if !errors.Is(err, errAssumption) {
				return err
			}
			d.counts.trips.Add(1)
		}
		head, err = s.inquire(ctx, q, decide)
		return err
	})
	return head, err
}

// settle writes what is decided on assumptions, if these stand.
func (s *sqliteSession) settle(ctx context.Context, q *question, decide func(answers) changes) (head event.Position, err error) {
	err = s.within(ctx, sqliteBegin, func() error {
		assumed := q.assumed
		assumed.head, assumed.era, err = s.head(ctx)
		if err == nil && assumed.era != q.assumed.era {
			err = errAssumption
		}
		if err != nil {
			return err
		}
		c := decide(assumed)
		err = s.confirm(ctx, c.stood)
		if err != nil {
			return err
		}
		head = c.head
		return s.write(ctx, c)
	})
	return head, err
}

// inquire writes what is decided on what stands.
func (s *sqliteSession) inquire(ctx context.Context, q *question, decide func(answers) changes) (head event.Position, err error) {
	err = s.within(ctx, sqliteBegin, func() error {
		a, err := s.ask(ctx, q)
		if err != nil {
			return err
		}
		c := decide(a)
		head = c.head
		return s.write(ctx, c)
	})
	return head, err
}

// sqliteBegin takes the lock that log_head is on PostgreSQL.
const sqliteBegin = "BEGIN IMMEDIATE"

// within runs do in a transaction, which is undone when do fails. An error of do that the database
// did not bring about is given back as it is.
func (s *sqliteSession) within(ctx context.Context, begin string, do func() error) error {
	_, err := s.exec(ctx, begin)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err = do()
	if err != nil {
		_, _ = s.exec(ctx, "ROLLBACK") // unless SQLite has done so already
		return &brokenError{refused, err}
	}
	_, err = s.exec(ctx, "COMMIT")
	if err != nil {
		_, _ = s.exec(ctx, "ROLLBACK")
		return &brokenError{unknown, fmt.Errorf("commit: %w", err)}
	}
	return nil
}
