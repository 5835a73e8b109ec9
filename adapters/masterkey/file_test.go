package masterkey_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"writ/adapters/masterkey"
)

func TestAKeyFileIsCreatedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	created, err := masterkey.LoadOrCreate(path, true)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	seen, err := os.Stat(path)
	if err != nil || seen.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v: %v", seen.Mode(), err)
	}
	for _, mayCreate := range []bool{true, false} {
		again, err := masterkey.LoadOrCreate(path, mayCreate)
		if err != nil || again.Check() != created.Check() {
			t.Errorf("again: another key, or %v", err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left behind: %v", len(left), err)
	}
}

func TestProcessesThatStartTogetherShareAKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	var (
		all    sync.WaitGroup
		checks [8]string
	)
	for n := range checks {
		all.Go(func() {
			ring, err := masterkey.LoadOrCreate(path, true)
			if err != nil {
				t.Errorf("process %d: %v", n, err)
				return
			}
			checks[n] = ring.Check()
		})
	}
	all.Wait()
	for n, check := range checks {
		if check != checks[0] {
			t.Errorf("process %d has another key", n)
		}
	}
}

func TestAMissingFileIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	_, err := masterkey.LoadOrCreate(path, false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	_, err = masterkey.Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	_, err = masterkey.LoadOrCreate(filepath.Join(path, "below", "nothing"), true)
	if err == nil {
		t.Error("a file is created in a directory that is not there")
	}
}

func TestFilesThatAreNotGood(t *testing.T) {
	good := textOf(keyA).Reveal()
	for name, tc := range map[string]struct {
		text    string
		mode    fs.FileMode
		refused string // by LoadOrCreate; empty: taken
		loads   bool
	}{
		"private":               {good, 0o600, "", true},
		"mounted for a group":   {good + "\n", 0o640, "", true},
		"readable by everybody": {good, 0o644, "mode 0644", true},
		"empty":                 {"", 0o600, "master key 1 of 1 is empty", false},
		"damaged":               {good[:20], 0o600, "has 15 bytes", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			err := errors.Join(os.WriteFile(path, []byte(tc.text), 0o600), os.Chmod(path, tc.mode))
			if err != nil {
				t.Fatal(err)
			}
			_, err = masterkey.LoadOrCreate(path, true)
			if (err == nil) != (tc.refused == "") {
				t.Fatalf("got %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), tc.refused) || !strings.Contains(err.Error(), path)) {
				t.Errorf("got %v, which does not say %q and where", err, tc.refused)
			}
			if _, err := masterkey.Load(path); (err == nil) != tc.loads {
				t.Errorf("load: got %v", err)
			}
		})
	}
}
