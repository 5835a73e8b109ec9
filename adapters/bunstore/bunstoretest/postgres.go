package bunstoretest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"writ/adapters/bunstore"
)

// dsnVariable names a server on which tests may create databases.
const dsnVariable = "WRIT_TEST_POSTGRES_DSN"

// server is the one PostgreSQL server of this test binary.
var server struct {
	once     sync.Once
	managed  bool            // Main runs, and stops what was started
	ctx      context.Context // outlives the test that came first
	dsn      string
	own      *cluster
	template string
	err      error

	mu   sync.Mutex
	idle []string // databases of tests that have ended, emptied
}

// Main runs the tests of a package that uses Postgres and returns their exit code:
//
//	func TestMain(m *testing.M) { os.Exit(bunstoretest.Main(m)) }
func Main(m *testing.M) int {
	server.managed = true
	code := m.Run()
	if server.own != nil {
		server.own.stop()
		return code
	}
	for _, name := range append(server.idle, server.template) {
		if name != "" {
			_ = run(server.ctx, server.dsn, "DROP DATABASE IF EXISTS "+name)
		}
	}
	return code
}

// Postgres gives the DSN of a fresh, migrated database. When the test ends all its sessions are
// ended, and the database, emptied, goes to a later test: that is ten times faster than to make
// another one.
func Postgres(tb testing.TB) (dsn string) {
	tb.Helper()
	ready(tb)
	name := reuse()
	if name == "" {
		name = create(tb, " TEMPLATE "+server.template)
	}
	tb.Cleanup(func() {
		err := empty(server.ctx, within(server.dsn, name))
		if err != nil {
			drop(name)
			return
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		server.idle = append(server.idle, name)
	})
	return within(server.dsn, name)
}

func reuse() (name string) {
	server.mu.Lock()
	defer server.mu.Unlock()
	if n := len(server.idle); n > 0 {
		name, server.idle = server.idle[n-1], server.idle[:n-1]
	}
	return name
}

// empty ends all sessions of a database and takes all rows away but those of a fresh one.
func empty(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var tables string
	err = conn.QueryRow(ctx, `SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
		WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'log_head')`).Scan(&tables)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`,
		"TRUNCATE " + tables,
		"UPDATE log_head SET position = 0, era = 1",
	} {
		_, err = conn.Exec(ctx, statement)
		if err != nil {
			return err
		}
	}
	return nil
}

// PostgresInParts is Postgres with a log whose parts hold so few events.
func PostgresInParts(tb testing.TB, events int) (dsn string) {
	tb.Helper()
	dsn = Postgres(tb)
	err := part(tb.Context(), dsn, events)
	if err != nil {
		tb.Fatalf("make parts of %d events: %v", events, err)
	}
	tb.Cleanup(func() {
		err := part(server.ctx, dsn, usual)
		if err != nil {
			tb.Errorf("make parts of the usual size again: %v", err)
		}
	})
	return dsn
}

// usual is how many events a part of the log holds at least, where nobody says otherwise.
const usual = 1 << 20

// part replaces the parts of a log by empty ones.
func part(ctx context.Context, dsn string, events int) error {
	return run(ctx, dsn, fmt.Sprintf(`DO $$
		DECLARE old regclass;
		BEGIN
			FOR old IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'events'::regclass LOOP
				EXECUTE 'DROP TABLE ' || old;
			END LOOP;
			UPDATE log_head SET position = 0, room = 0, stride = %d;
		END $$`, events))
}

// EmptyPostgres gives the DSN of a fresh database without any table.
func EmptyPostgres(tb testing.TB) (dsn string) {
	tb.Helper()
	ready(tb)
	name := create(tb, "")
	tb.Cleanup(func() { drop(name) })
	return within(server.dsn, name)
}

// PostgresStore gives a started store on the database at dsn with a pool of so many connections.
// It is closed when the test ends.
func PostgresStore(tb testing.TB, dsn string, pool int) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.OpenPostgres(dsn, "", pool, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatalf("open PostgreSQL: %v", err)
	}
	return start(tb, s)
}

// ready starts the server and makes the template with the first test that needs it.
func ready(tb testing.TB) {
	tb.Helper()
	server.once.Do(func() { server.err = prepare(tb.Context()) })
	if server.err != nil {
		tb.Fatalf("no PostgreSQL for this test: %v", server.err)
	}
}

func prepare(ctx context.Context) error {
	server.ctx, server.dsn = context.WithoutCancel(ctx), os.Getenv(dsnVariable)
	if server.dsn == "" {
		if !server.managed {
			return fmt.Errorf("set %s, or call bunstoretest.Main in TestMain", dsnVariable)
		}
		own, err := startCluster(ctx, slices.Concat(unsynced, hasty)...)
		if err != nil {
			return fmt.Errorf("%s is not set, and %w", dsnVariable, err)
		}
		server.own, server.dsn = own, own.dsn
	}
	name := "writ_template_" + unique()
	err := run(ctx, server.dsn, "CREATE DATABASE "+name)
	if err != nil {
		return err
	}
	server.template = name
	return migrate(ctx, within(server.dsn, name))
}

func migrate(ctx context.Context, dsn string) error {
	s, err := bunstore.OpenPostgres(dsn, "", 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return s.Migrate(ctx)
}

func create(tb testing.TB, options string) (name string) {
	tb.Helper()
	name = "writ_" + unique()
	err := run(tb.Context(), server.dsn, "CREATE DATABASE "+name+options)
	if err != nil {
		tb.Fatalf("create a database: %v", err)
	}
	return name
}

func drop(name string) {
	_ = run(server.ctx, server.dsn, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

// run executes a statement of this package's own making on a connection of its own.
func run(ctx context.Context, dsn, statement string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// within gives the DSN of another database of the same server.
func within(dsn, database string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn + " dbname=" + database
	}
	u.Path = "/" + database
	return u.String()
}

func unique() string { return strings.ToLower(rand.Text()) }
