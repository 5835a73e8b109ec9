package bunstoretest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"writ/adapters/bunstore"
)

// SQLite gives a started store on a fresh database file. It is closed when the test ends.
func SQLite(tb testing.TB) *bunstore.Store {
	tb.Helper()
	return SQLiteAt(tb, filepath.Join(tb.TempDir(), "writ.db"))
}

// SQLiteAt gives a started store on the database file at path, as another process would open it.
func SQLiteAt(tb testing.TB, path string) *bunstore.Store {
	tb.Helper()
	s, err := bunstore.OpenSQLite(path, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatalf("open SQLite: %v", err)
	}
	return start(tb, s)
}

func start(tb testing.TB, s *bunstore.Store) *bunstore.Store {
	tb.Helper()
	tb.Cleanup(func() {
		err := s.Close()
		if err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	err := s.Migrate(tb.Context())
	if err != nil {
		tb.Fatalf("migrate: %v", err)
	}
	s.Start(tb.Context())
	return s
}
