package cmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const (
	maxLines    = 450 // of a file: one concept
	maxDocLines = 40  // of a doc.go: what the package owns and does not, not a manual
)

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, pkg := range packages(t) {
		if len(pkg.GoFiles) > 0 && !slices.Contains(pkg.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go", pkg.ImportPath)
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	for _, pkg := range packages(t) {
		for _, name := range slices.Concat(pkg.GoFiles, pkg.TestGoFiles, pkg.XTestGoFiles) {
			text, err := os.ReadFile(filepath.Join(pkg.Dir, name))
			if err != nil {
				t.Fatalf("read %s of %s: %v", name, pkg.ImportPath, err)
			}
			limit := maxLines
			if name == "doc.go" {
				limit = maxDocLines
			}
			if lines := bytes.Count(text, []byte("\n")); lines > limit {
				t.Errorf("%s of %s has %d lines, more than %d", name, pkg.ImportPath, lines, limit)
			}
		}
	}
}
