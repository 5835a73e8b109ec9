package crash_test

import (
	"os"
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/cmd/writ/e2e/harness"
)

func TestMain(m *testing.M) {
	if isReaper(os.Args) {
		os.Exit(reap(os.Args))
	}
	os.Exit(harness.Main(func() int { return bunstoretest.Main(m) }))
}
