package bunstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// lockRetry is how often a process looks whether another has finished to migrate.
const lockRetry = 50 * time.Millisecond

// migrateUp applies what is missing, each step with its note in one transaction.
func migrateUp(ctx context.Context, dialect goose.Dialect, db *sql.DB, dir string, log *slog.Logger, options ...goose.ProviderOption) error {
	steps, err := fs.Sub(migrations, dir)
	if err != nil {
		return err
	}
	options = append(options, goose.WithSlog(log), goose.WithDisableGlobalRegistry(true))
	provider, err := goose.NewProvider(dialect, db, steps, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	known, latest, err := provider.GetVersions(ctx)
	if err == nil && known > latest {
		return fmt.Errorf("the store has version %d, this binary knows %d: it needs a newer one", known, latest)
	}
	_, err = provider.Up(ctx)
	return err
}
