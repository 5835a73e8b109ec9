package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
)

// sqlitePool hands out its connections together with what was prepared on them.
type sqlitePool struct {
	db *sql.DB

	mu       sync.Mutex
	sessions map[driver.Conn]*sqliteSession // no connection is closed before its pool
}

func newSQLitePool(db *sql.DB) *sqlitePool {
	return &sqlitePool{db: db, sessions: map[driver.Conn]*sqliteSession{}}
}

// hold runs do with a connection that nobody else uses meanwhile. Waiting for it ends with ctx. What
// do gets does not end, for a statement whose context can end costs a goroutine.
func (p *sqlitePool) hold(ctx context.Context, do func(context.Context, *sqliteSession) error) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(raw any) error { return do(context.WithoutCancel(ctx), p.session(raw.(driver.Conn))) })
}

func (p *sqlitePool) session(conn driver.Conn) *sqliteSession {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, known := p.sessions[conn]
	if !known {
		s = &sqliteSession{conn: conn, statements: map[string]sqliteStatement{}}
		p.sessions[conn] = s
	}
	return s
}

// sqliteSession is one connection, on which each statement is parsed once.
type sqliteSession struct {
	conn       driver.Conn
	statements map[string]sqliteStatement
	args       []driver.NamedValue // of the statement that is running
}

// sqliteStatement is a prepared statement of the driver.
type sqliteStatement interface {
	driver.StmtExecContext
	driver.StmtQueryContext
}

// exec runs a statement, and says how many rows it changed.
func (s *sqliteSession) exec(ctx context.Context, text string, args ...driver.Value) (int64, error) {
	statement, err := s.prepare(text)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(ctx, s.bind(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query calls each with every row of a result. The row is overwritten by the next; what it
// contains is not.
func (s *sqliteSession) query(ctx context.Context, each func(row []driver.Value), text string, args ...driver.Value) error {
	statement, err := s.prepare(text)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, s.bind(args))
	if err != nil {
		return err
	}
	row := make([]driver.Value, len(rows.Columns()))
	for err == nil {
		err = rows.Next(row)
		if err == nil {
			each(row)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

func (s *sqliteSession) prepare(text string) (sqliteStatement, error) {
	statement, known := s.statements[text]
	if known {
		return statement, nil
	}
	prepared, err := s.conn.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	statement = prepared.(sqliteStatement)
	s.statements[text] = statement
	return statement, nil
}

func (s *sqliteSession) bind(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, arg := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return s.args
}
