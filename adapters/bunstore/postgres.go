package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"writ/domain/event"
)

const (
	// connectTimeout bounds connecting when the DSN does not say.
	connectTimeout = 5 * time.Second

	// patience bounds a shared query and a transaction of the writer, which no caller's ctx may
	// end. A caller waits for as long as its own ctx says.
	patience = 15 * time.Second

	// holdBriefly keeps a process that vanishes while it holds log_head, with its connection open,
	// from stopping the others for long.
	holdBriefly = "SET LOCAL idle_in_transaction_session_timeout = '5s'"
)

// postgres is one database of a PostgreSQL server.
type postgres struct {
	db     *bun.DB
	direct *pgx.ConnConfig   // for what belongs to a session, such as LISTEN and advisory locks
	mode   pgx.QueryExecMode // of the statements that are worth preparing
	counts *counters
}

// OpenPostgres prepares a pool of at most pool connections to a PostgreSQL server of version 15
// or later. It does not connect. What belongs to a session is done on connections of its own to
// directDSN, for dsn may lead to a pooler that hands out sessions by the transaction; when empty
// it is dsn.
func OpenPostgres(dsn, directDSN string, pool int, log *slog.Logger) (*Store, error) {
	config, err := parseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	mode := pgx.QueryExecModeExec
	if directDSN == "" { // no pooler lies between, so sessions are this process's own
		directDSN = dsn
		mode = pgx.QueryExecModeCacheStatement
		goByIndexes(config)
	}
	direct, err := parseDSN(directDSN)
	if err != nil {
		return nil, fmt.Errorf("read the direct database URL: %w", err)
	}
	vigilant(direct)
	db := sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(nameTypes), stdlib.OptionResetSession(stillConnected),
		stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false })))
	pool = max(pool, 1)
	db.SetMaxOpenConns(pool)
	db.SetMaxIdleConns(pool)
	d := &postgres{db: bun.NewDB(db, pgdialect.New()), direct: direct, mode: mode}
	s := newStore(d, d.db, d.db, d.db, log)
	d.counts, s.patience = &s.counts, patience
	return s, nil
}

// parseDSN reads a DSN. Queries take one round trip and prepare nothing unless they say otherwise,
// because the text of those that bun builds contains its arguments.
func parseDSN(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// goByIndexes keeps the plans that a session makes once good while tables grow under it. Behind a
// pooler it is for whoever runs that to set the same.
func goByIndexes(config *pgx.ConnConfig) {
	for _, name := range []string{"enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "jit"} {
		config.RuntimeParams[name] = "off"
	}
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
}

// vigilant makes both ends of a connection notice within a few seconds that the other is gone.
func vigilant(config *pgx.ConnConfig) {
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: time.Second, Interval: time.Second, Count: 3,
	}}
	config.DialFunc = dialer.DialContext
	for name, value := range map[string]string{
		"tcp_keepalives_idle": "1", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3",
		"client_connection_check_interval": "1000", // a standby that waits for a lock and is gone
	} {
		config.RuntimeParams[name] = value
	}
}

// stillConnected keeps a connection that the server has closed from being used again, so that no
// statement is lost in it. It costs one system call and no round trip.
func stillConnected(_ context.Context, conn *pgx.Conn) error {
	if quiet(conn.PgConn().Conn()) {
		return nil
	}
	return driver.ErrBadConn
}

// migrate implements dialect.
func (d *postgres) migrate(ctx context.Context, log *slog.Logger) error {
	db := sql.OpenDB(stdlib.GetConnector(*d.direct, stdlib.OptionAfterConnect(nameTypes)))
	defer func() { _ = db.Close() }()
	// Another replica may migrate: look again each second, for ten minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return err
	}
	return migrateUp(ctx, goose.DialectPostgres, db, "migrations/postgres", log, goose.WithSessionLocker(locker))
}

// locked implements dialect.
func (d *postgres) locked(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	return d.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, holdBriefly)
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		var head int64
		err = tx.NewRaw("SELECT position FROM log_head WHERE one = 1 FOR UPDATE").Scan(ctx, &head)
		if err != nil {
			return fmt.Errorf("lock the head of the log: %w", err)
		}
		return do(ctx, tx)
	})
}

// steady implements dialect.
func (d *postgres) steady(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	return d.db.RunInTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, do)
}

// commit implements committer. The connection is taken and given back within one transaction.
func (d *postgres) commit(ctx context.Context, q *question, decide func(answers) changes) (head event.Position, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = d.use(ctx, func(conn *pgx.Conn) (err error) {
		t := &transaction{conn: conn, db: d.db, mode: d.mode, counts: d.counts}
		head, err = t.run(ctx, q, decide)
		return err
	})
	return head, err
}

// reading does a read, and does it again when its connection died under it.
func reading(ctx context.Context, read func() error) error {
	err := read()
	if err != nil && ctx.Err() == nil && lostMidway(err) {
		err = read()
	}
	return err
}

// lostMidway reports whether a statement was sent and its connection died before the answer.
func lostMidway(err error) bool {
	var unconnected *pgconn.ConnectError
	_, answered := isServerError(err)
	return !answered && !errors.As(err, &unconnected) && !errors.Is(err, sql.ErrNoRows)
}

// isServerError reports whether the server itself answered with an error and kept the connection.
func isServerError(err error) (code string, ok bool) {
	var pg interface{ SQLState() string }
	if !errors.As(err, &pg) {
		return "", false
	}
	code = pg.SQLState()
	const shuttingDown = "57P" // the connection dies with the answer
	return code, len(code) == 5 && code[:3] != shuttingDown
}
