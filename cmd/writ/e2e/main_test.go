package e2e_test

import (
	"flag"
	"os"
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/cmd/writ/e2e/harness"
)

// atOnce is how many tests run at a time when nothing is said: most of what they do is to wait for
// devices that poll.
const atOnce = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", atOnce)
	}
	os.Exit(harness.Main(func() int { return bunstoretest.Main(m) }))
}
