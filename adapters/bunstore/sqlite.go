package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"writ/domain/event"
)

// Readers never wait for the writer (WAL), and a commit is on the disk before it is acknowledged (FULL), a
// note soon afterwards (NORMAL). Commits wait while one of them brings the WAL into the database, so that
// happens often and takes little. Pragmas are part of the name, for only so do they reach every connection
// of a pool.
const (
	sqlitePragmas = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)"
	sqliteWriter  = "_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=wal_autocheckpoint(256)&_pragma=journal_size_limit(67108864)&" + sqlitePragmas
	sqliteNotes   = "_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&" + sqlitePragmas
	sqliteReader  = "_txlock=deferred&_pragma=query_only(1)&" + sqlitePragmas
	sqliteReaders = 4
)

// sqlite is one database file, and one of notes that a crash may take. Of the pools of the first the one
// that writes has a single connection: several would only starve each other.
type sqlite struct {
	path    string
	write   *bun.DB
	read    *bun.DB
	reading *sqlitePool // the connections of the pool that reads
	writing *sqlitePool // the connection of the one that writes
	noting  *sqlitePool // the connection to the file of notes
	counts  *counters
	wake    *wake
	leaders sync.Map // name → chan struct{} that holds a token while nobody leads
}

// OpenSQLite opens the database file at path, and creates it when there is none. Beside it, in
// its directory, the store keeps migrate.lock, which processes migrate under, wake, where they
// tell each other of their commits, and under the file's name with the end -polls what Poll notes.
func OpenSQLite(path string, log *slog.Logger) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write, notes, err := openToWrite(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read, err := sql.Open("sqlite", sqliteName(path, sqliteReader))
	if err != nil {
		return nil, fmt.Errorf("open %s to read: %w", path, err)
	}
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	db := &sqlite{
		path: path, write: bun.NewDB(write, sqlitedialect.New()), wake: newWake(filepath.Dir(path)),
		read: bun.NewDB(read, sqlitedialect.New()), reading: newSQLitePool(read), writing: newSQLitePool(write),
		noting: newSQLitePool(notes),
	}
	s := newStore(db, db.read, db.write, bun.NewDB(notes, sqlitedialect.New()), log)
	db.counts = &s.counts
	return s, nil
}

// migrationLock is what processes create and migrate a database file under.
func migrationLock(path string) *flock.Flock {
	return flock.New(filepath.Join(filepath.Dir(path), "migrate.lock"), flock.SetPermissions(0o600))
}

// openToWrite opens the two files before a reader does. Of two processes that change the mode of a file
// at once one would be refused.
func openToWrite(path string) (write, notes *sql.DB, err error) {
	lock := migrationLock(path)
	err = lock.Lock()
	if err != nil {
		return nil, nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Close() }()
	write, err = openSQLiteWriter(path, sqliteWriter)
	if err != nil {
		return nil, nil, err
	}
	notes, err = openNotes(path + "-polls")
	if err != nil {
		err = fmt.Errorf("%s-polls, which can be deleted: %w", path, err)
		return nil, nil, errors.Join(err, write.Close())
	}
	return write, notes, nil
}

// openSQLiteWriter creates the file, readable by its owner alone, and brings it into WAL mode.
func openSQLiteWriter(path, options string) (*sql.DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = file.Close()
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", sqliteName(path, options))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	err = db.Ping() //nolint:noctx // opening takes no context, and a file answers at once
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func sqliteName(path, options string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options
}

// migrate implements dialect. SQLite has no lock of its own that spans the steps of a migration.
func (d *sqlite) migrate(ctx context.Context, log *slog.Logger) error {
	lock := migrationLock(d.path)
	_, err := lock.TryLockContext(ctx, lockRetry)
	if err != nil {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Close() }()
	return migrateUp(ctx, goose.DialectSQLite3, d.write.DB, "migrations/sqlite", log)
}

// locked implements dialect.
func (d *sqlite) locked(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	return patiently(ctx, d.write, do)
}

// steady implements dialect.
func (d *sqlite) steady(ctx context.Context, do func(context.Context, bun.Tx) error) error {
	return d.read.RunInTx(ctx, nil, do)
}

// tell implements teller.
func (d *sqlite) tell() { d.wake.tell() }

// hear implements sessions.
func (d *sqlite) hear(ctx context.Context, heard func(context.Context, event.Position) error) error {
	return d.wake.listen(ctx, func() error { return heard(ctx, 0) })
}

// lead implements sessions. One process serves an SQLite file, so a leader is one among its own
// goroutines.
func (d *sqlite) lead(ctx context.Context, name string, do func(context.Context) error) error {
	fresh := make(chan struct{}, 1)
	fresh <- struct{}{}
	known, _ := d.leaders.LoadOrStore(name, fresh)
	token := known.(chan struct{})
	select {
	case <-token:
		defer func() { token <- struct{}{} }()
		return do(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
