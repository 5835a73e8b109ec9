package bunstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"writ/domain/event"
)

// channel is where commits are notified.
const channel = "writ_log"

// transaction writes the log on one connection, in one statement when what the commits expect is
// what stands, which is nearly always. Else its statements go in two pipelines: what must be known,
// and what is written. Under READ COMMITTED each statement sees what was committed when it began,
// so the versions are read by a statement of their own, after the lock was obtained.
type transaction struct {
	conn   *pgx.Conn
	db     *bun.DB // builds queries
	mode   pgx.QueryExecMode
	counts *counters
}

func (t *transaction) run(ctx context.Context, q *question, decide func(answers) changes) (event.Position, error) {
	if !q.unusual {
		c := decide(q.assumed)
		head, err := t.settle(ctx, c)
		if !refuted(err) {
			return head, err
		}
	}
	return t.inquire(ctx, q, decide)
}

// inquire asks first and writes then.
func (t *transaction) inquire(ctx context.Context, q *question, decide func(answers) changes) (event.Position, error) {
	a, err := t.ask(ctx, q)
	if err != nil {
		return 0, t.giveUp(ctx, fateBefore(err), err)
	}
	c := decide(a)
	if c.empty() {
		return c.head, t.giveUp(ctx, undone, nil)
	}
	err = t.write(ctx, c)
	if err != nil {
		return 0, t.giveUp(ctx, fateAfter(err), err)
	}
	return c.head, nil
}

// ask begins the transaction and locks and reads the log.
func (t *transaction) ask(ctx context.Context, q *question) (a answers, err error) {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	batch.Queue(holdBriefly)
	batch.Queue("SELECT position, era FROM log_head WHERE one = 1 FOR UPDATE").QueryRow(func(row pgx.Row) error {
		return row.Scan((*int64)(&a.head), &a.era)
	})
	if len(q.streams) > 0 {
		batch.Queue(q.streamsQuery(t.db).String()).Query(func(rows pgx.Rows) error {
			a.streams, err = pgx.CollectRows(rows, pgx.RowToStructByPos[versionRow])
			return err
		})
	}
	if len(q.keys) > 0 {
		batch.Queue(q.keysQuery(t.db).String()).Query(func(rows pgx.Rows) error {
			a.keys, err = pgx.CollectRows(rows, scanKey)
			return err
		})
	}
	t.count(batch, q, &a)
	t.counts.trips.Add(1)
	err = t.conn.SendBatch(ctx, batch).Close()
	if err != nil {
		return a, fmt.Errorf("lock and read the log: %w", err)
	}
	return a, nil
}

// count asks for the rows that censuses are about.
func (t *transaction) count(batch *pgx.Batch, q *question, a *answers) {
	for name, live := range q.censuses {
		batch.Queue(t.db.NewRaw(ownedRows, name.account, name.kind+"/", name.kind+afterSlash, live).String()).Query(func(rows pgx.Rows) error {
			owned, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ownedRow])
			a.counted(name, owned)
			return err
		})
	}
}

func scanKey(row pgx.CollectableRow) (k keyRow, err error) {
	err = row.Scan(&k.Kind, &k.Digest, &k.Stream)
	return k, err
}

func (t *transaction) write(ctx context.Context, c changes) error {
	batch := &pgx.Batch{}
	for _, statement := range c.statements(t.db) {
		batch.Queue(statement.String())
	}
	if len(c.events) > 0 {
		batch.Queue(t.db.NewRaw("SELECT pg_notify(?, ?)", channel, notice(c.head)).String())
	}
	batch.Queue("COMMIT")
	t.counts.trips.Add(1)
	err := t.conn.SendBatch(ctx, batch).Close()
	if err != nil {
		return fmt.Errorf("write and commit: %w", err)
	}
	return nil
}

// giveUp ends the transaction without a trace. A connection on which that fails is closed, and
// the server rolls back by itself.
func (t *transaction) giveUp(ctx context.Context, f fate, cause error) error {
	t.counts.trips.Add(1)
	_, err := t.conn.Exec(ctx, "ROLLBACK")
	if err != nil {
		_ = t.conn.Close(ctx)
	}
	switch {
	case cause == nil:
		return nil // nothing was to be written
	case ctx.Err() != nil:
		return cause // no time is left to try again
	default:
		return &brokenError{f, cause}
	}
}

// fateBefore judges an error that came before anything was written: trying again is safe, and
// helps unless the server refused a statement for what it says.
func fateBefore(err error) fate {
	code, answered := isServerError(err)
	if answered && !contention(code) {
		return refused
	}
	return undone
}

// fateAfter judges an error that came after COMMIT was sent: unless the server answered that the
// transaction failed, it is not known.
func fateAfter(err error) fate {
	code, answered := isServerError(err)
	switch {
	case !answered:
		return unknown
	case contention(code):
		return undone
	default:
		return refused
	}
}

// contention reports a serialization failure or a deadlock, which another attempt may not meet.
func contention(code string) bool { return code == "40001" || code == "40P01" }

func notice(head event.Position) string { return fmt.Sprint(int64(head)) }
