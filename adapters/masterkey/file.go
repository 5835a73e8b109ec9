package masterkey

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"writ/domain/oauth"
)

// Load reads the master keys from a file that somebody else provides. Its mode is not looked at,
// because secrets that an orchestrator mounts have the mode that it gives them.
func Load(path string) (*Ring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read master key file: %w", err)
	}
	ring, err := Parse(oauth.Secret(text))
	if err != nil {
		return nil, fmt.Errorf("master key file %s: %w", path, err)
	}
	return ring, nil
}

// LoadOrCreate reads the key file at path, or creates it with a new key and mode 0600 when there
// is none and mayCreate says that nothing can have been sealed yet. Of several processes that
// create it at the same time all get the same key. A file that everybody may read is refused. A
// file that is missing and may not be created is an error that wraps fs.ErrNotExist.
func LoadOrCreate(path string, mayCreate bool) (*Ring, error) {
	seen, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mayCreate:
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create master key file %s: %w", path, err)
		}
	case err != nil:
		return nil, fmt.Errorf("find master key file: %w", err)
	case seen.Mode().Perm()&0o007 != 0:
		return nil, fmt.Errorf("master key file %s has mode %04o: take it from everybody but its owner (chmod 600)", path, seen.Mode().Perm())
	}
	return Load(path)
}

// create makes the file appear whole, and durable before anything can be sealed under its key.
func create(path string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // what is left is a draft that nothing reads
	_, err = draft.WriteString(Generate().Reveal() + "\n")
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	err = os.Link(draft.Name(), path) // unlike a rename it never replaces the key of another process
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
