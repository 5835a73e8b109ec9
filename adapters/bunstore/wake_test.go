package bunstore_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"writ/adapters/bunstore"
)

// TestWhoListensIsReadAgainWhenItMayHaveChanged: commits ask, so that a directory that stayed as it was is not read.
func TestWhoListensIsReadAgainWhenItMayHaveChanged(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, "wake")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	others := bunstore.Others(home)
	long, late := time.Now().Add(-time.Hour), time.Now().Add(time.Hour) // late: as if it were just now, however long this takes
	for _, step := range []struct {
		what    string
		create  string
		changed time.Time // of the directory after it
		want    []string
	}{
		{"the first socket", "a.sock", long, []string{"a.sock"}},
		{"nothing that the directory tells of", "b.sock", long, []string{"a.sock"}},
		{"a change", "c.sock", late, []string{"a.sock", "b.sock", "c.sock"}},
		{"a change at the time of another", "d.sock", late, []string{"a.sock", "b.sock", "c.sock", "d.sock"}},
		{"what is no socket", "notes", long.Add(time.Minute), []string{"a.sock", "b.sock", "c.sock", "d.sock"}},
	} {
		err := os.WriteFile(filepath.Join(dir, step.create), nil, 0o600)
		if err == nil {
			err = os.Chtimes(dir, time.Time{}, step.changed)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := others(); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %q, want %q", step.what, got, step.want)
		}
	}
}
