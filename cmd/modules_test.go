package cmd_test

import (
	"os"
	"regexp"
	"testing"
)

// The database in modernc.org/sqlite is translated against one version of modernc.org/libc, and
// breaks in quiet ways with another, which the choice of versions can bring about by itself.
func TestSQLiteRunsOnTheLibcItWasTranslatedFor(t *testing.T) {
	sqlite, libc := moduleNamed(t, "modernc.org/sqlite"), moduleNamed(t, "modernc.org/libc")
	wants, err := os.ReadFile(sqlite.GoMod)
	if err != nil {
		t.Fatalf("read what %s %s requires: %v", sqlite.Path, sqlite.Version, err)
	}
	required := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(wants)
	if required == nil {
		t.Fatalf("%s %s requires no %s", sqlite.Path, sqlite.Version, libc.Path)
	}
	if string(required[1]) != libc.Version {
		t.Errorf("%s %s was translated for libc %s, and go.mod chooses %s", sqlite.Path, sqlite.Version, required[1], libc.Version)
	}
}

type module struct{ Path, Version, GoMod string }

func moduleNamed(t *testing.T, path string) module {
	t.Helper()
	var found module
	goList(t, func(m module) { found = m }, "-m", path)
	return found
}
