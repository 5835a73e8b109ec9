package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// settingsFile reads a file of settings. The names are those of the flags; a hyphen may also be a
// level. The environment goes before the file.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	var settings map[string]any
	err := yaml.NewDecoder(r).Decode(&settings)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file of settings: %w", err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		for _, name := range f.Envs {
			if _, set := os.LookupEnv(name); set {
				return nil, nil //nolint:nilnil // kong takes nil for "not in the file"
			}
		}
		return lookUp(settings, f.Name), nil
	}), nil
}

func lookUp(settings map[string]any, name string) any {
	if value, found := settings[name]; found {
		return value
	}
	var current any = settings
	for _, level := range strings.Split(name, "-") {
		here, is := current.(map[string]any)
		if !is {
			return nil
		}
		current = here[level]
	}
	return current
}
