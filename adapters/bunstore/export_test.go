//go:build unix

package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Quiet looks at an idle connection.
var Quiet = quiet

// AskHead asks for the end of the log.
const AskHead = askHead

// Others are the sockets of other processes beside a database in a directory, each time it is asked.
func Others(home string) func() []string { return newWake(home).others }

// MigratePostgresTo makes the tables of an earlier version.
func MigratePostgresTo(ctx context.Context, dsn string, version int64) error {
	steps, err := fs.Sub(migrations, "migrations/postgres")
	if err != nil {
		return err
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return errors.Join(err, db.Close())
}
