package eventsourcing_test

import (
	"os"
	"testing"

	"writ/adapters/bunstore/bunstoretest"
)

func TestMain(m *testing.M) { os.Exit(bunstoretest.Main(m)) }
