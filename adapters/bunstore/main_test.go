package bunstore_test

import (
	"os"
	"testing"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
)

func TestMain(m *testing.M) { os.Exit(bunstoretest.Main(m)) }

// onBoth runs a test on a fresh store of either kind.
func onBoth(t *testing.T, test func(t *testing.T, open func(t *testing.T) *bunstore.Store)) {
	t.Run("SQLite", func(t *testing.T) {
		test(t, func(t *testing.T) *bunstore.Store { return bunstoretest.SQLite(t) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		test(t, func(t *testing.T) *bunstore.Store {
			return bunstoretest.PostgresStore(t, bunstoretest.Postgres(t), 4)
		})
	})
}
