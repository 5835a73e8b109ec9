package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	bench "writ/cmd/bench"
)

// programs builds what a run starts, with the flags of the Makefile but for those that only make it smaller.
func programs(t *testing.T) bench.Options {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "nomsgpack,nopgxregisterdefaulttypes",
		"-o", dir, "writ/cmd/writ", "writ/cmd/bench")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build what is measured: %v\n%s", err, out)
	}
	return bench.Options{
		Server: filepath.Join(dir, "writ"), Old: filepath.Join(dir, "writ"), Program: filepath.Join(dir, "bench"),
		Version: "test/1", Results: filepath.Join(dir, "results"),
		Only:   []string{"table", "relay", "memory", "pool", "replicas", "overload", "pages", "catchup", "latency", "revocation", "compare", "large"},
		Stores: []string{"sqlite", "postgres"}, Connections: []int{1, 32}, Sizes: []int{500, 1000},
		Rounds: 1, Cell: 50 * time.Millisecond, Scope: "READ_PROFILE offline_access",
	}
}

func TestARun(t *testing.T) {
	o := programs(t)
	var out bytes.Buffer
	if err := bench.Run(t.Context(), o, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, &out)
	}

	t.Run("prints tables that fit a terminal", func(t *testing.T) {
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 120 {
				t.Errorf("a line has %d columns: %s", n, line)
			}
		}
	})
	t.Run("keeps what it read", func(t *testing.T) { checkReport(t, kept(t, filepath.Join(o.Results, "test-1.json"))) })
	t.Run("leaves nothing out", func(t *testing.T) {
		for _, want := range []string{
			"ES256", "share of a commit of 50, sqlite", "refresh_token", "code + ID token", "client_credentials", "device + poll",
			"introspection", "userinfo", "discovery", "key set", "a lone client_credentials, postgres", "over the floor's",
			"The relay", "Catching up", "From the answer of a refresh", "Memory and start", "One connection to PostgreSQL", "replicas on one PostgreSQL", "Overload", "Pages", "From the DELETE of a grant", "signing in with a password",
			"change", "a grant refreshed",
		} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not in\n%s", want, &out)
			}
		}
	})

	t.Run("fails with a wrong answer", func(t *testing.T) {
		wrong := o
		wrong.Only, wrong.Stores = []string{"table"}, []string{"sqlite"}
		wrong.Scope = "READ_PROFILE" // so that no refresh token comes with a code
		if err := bench.Run(t.Context(), wrong, io.Discard); err == nil || !strings.Contains(err.Error(), "no refresh token") {
			t.Errorf("got %v, want that there was no refresh token", err)
		}
	})
	t.Run("fails when the server does not start", func(t *testing.T) {
		wrong := o
		wrong.Only, wrong.Stores = []string{"table"}, []string{"sqlite"}
		wrong.Server = wrong.Program // which knows no such command
		if err := bench.Run(t.Context(), wrong, io.Discard); err == nil || !strings.Contains(err.Error(), "start the server") {
			t.Errorf("got %v, want that the server did not start", err)
		}
	})
}

func kept(t *testing.T, path string) bench.Report {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read the results: %v", err)
	}
	var r bench.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("read the results: %v", err)
	}
	return r
}

// checkReport looks whether every section is there, whole.
func checkReport(t *testing.T, r bench.Report) {
	t.Helper()
	if r.Table == nil || r.Relay == nil || r.Memory == nil || r.Pool == nil || r.Replicas == nil || r.Overload == nil || r.Pages == nil || r.Catchup == nil || r.Latency == nil || r.Revocation == nil || r.Compared == nil || r.Large == nil {
		t.Fatalf("a section is missing: %+v", r)
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"cells of the table", len(r.Table.Cells), 2 * 12},
		{"cells of bare handlers", len(r.Table.Bare), 2 + 1 + 2},
		{"rows' shares", len(r.Table.Rows), 2},
		{"lone commits", len(r.Table.Commits), 2},
		{"cells of the relay", len(r.Relay.Cells), 2 * 2 * 3},
		{"lags", len(r.Relay.Lags), 2},
		{"footprints", len(r.Memory.Kinds), 2},
		{"cells of the pool", len(r.Pool.Cells), 11},
		{"cells of replicas", len(r.Replicas.Cells), 2 * 3},
		{"floods", len(r.Overload.Stores), 2},
		{"pages", len(r.Pages.Pages), 9},
		{"sign-ins", len(r.Pages.SignIn), 8},
		{"stores that caught up", len(r.Catchup.Stores), 2},
		{"delays", len(r.Latency.Cells), 4},
		{"stores with revocations", len(r.Revocation.Stores), 2},
		{"revocations", len(r.Revocation.Stores[0].Took), 3},
		{"cells of the comparison", len(r.Compared.Cells), 2 * 2 * 9},
		{"sizes", len(r.Large.Sizes), 2},
	} {
		if n.got != n.want {
			t.Errorf("got %d %s, want %d", n.got, n.what, n.want)
		}
	}
	for _, c := range r.Table.Cells {
		checkRounds(t, c)
	}
}

func checkRounds(t *testing.T, c *bench.Readings) {
	t.Helper()
	writes := c.Row == "client_credentials" || c.Row == "refresh_token" || c.Row == "code + ID token"
	for _, r := range c.Rounds {
		if r.Requests == 0 || r.PerSecond <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Allocations <= 0 {
			t.Errorf("%s at %d connections: a number is missing: %+v", c.Row, c.Connections, r)
		}
		if writes && (r.Commits <= 0 || r.Batch < 1 || r.RoundTrips <= 0) {
			t.Errorf("%s at %d connections: a number is missing: %+v", c.Row, c.Connections, r)
		}
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for name, args := range map[string][]string{
		"an unknown database":      {"-stores", "sqlite,oracle"},
		"an unknown section":       {"-only", "table,chair"},
		"an unknown row":           {"-rows", "password"},
		"nothing to compare with":  {"-only", "compare"},
		"no rounds":                {"-rounds", "0"},
		"no connections":           {"-connections", "0"},
		"too many connections":     {"-connections", "1,100000"},
		"no number":                {"-connections", "many"},
		"cells without an end":     {"-cell", "240h"},
		"more grants than thought": {"-sizes", "1000000000"},
		"an unknown flag":          {"-fast"},
		"a word that is no flag":   {"fast"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := bench.Command(t.Context(), args, io.Discard); err == nil {
				t.Errorf("%q was not refused", args)
			}
		})
	}
}
