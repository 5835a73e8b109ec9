package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writ/adapters/masterkey"
)

// MasterKey makes a key for WRIT_MASTER_KEY, for servers that share a database.
func MasterKey() string { return masterkey.Generate().Reveal() }

// directory makes a directory with a short name, because the address of a socket is short. It
// goes with the test.
func directory(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "writ") //nolint:usetesting // the names that the testing package makes are long
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// settings are the variables of a server and of the commands beside it.
func (o Options) settings() map[string]string {
	all := map[string]string{
		"WRIT_LISTEN": "127.0.0.1:0", "WRIT_NATS_LISTEN": "127.0.0.1:0",
		"WRIT_DATA_DIR": o.Dir, "WRIT_LOG_LEVEL": "info",
		"HOME": filepath.Join(o.Dir, "home"), "XDG_CONFIG_HOME": filepath.Join(o.Dir, "home", "config"),
	}
	if o.Database != "" {
		all["WRIT_DATABASE_URL"] = o.Database
		all["WRIT_MASTER_KEY"] = MasterKey()
	}
	if o.NATS != "" {
		all["WRIT_NATS_URL"] = o.NATS
	}
	for name, value := range o.Env {
		all[name] = value
	}
	return all
}

// environment is this process's own without its settings of Writ, and with those given.
func environment(settings map[string]string) []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if _, replaced := settings[name]; !replaced && !strings.HasPrefix(name, "WRIT_") {
			env = append(env, variable)
		}
	}
	for name, value := range settings {
		env = append(env, name+"="+value)
	}
	return env
}
