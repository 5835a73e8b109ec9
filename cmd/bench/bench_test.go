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

// programs builds what a run starts, with the flags of the Makefile.
func programs(t *testing.T) bench.Options {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "nomsgpack",
		"-o", dir, "writ/cmd/writ", "writ/cmd/bench")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build what is measured: %v\n%s", err, out)
	}
	return bench.Options{
		Server: filepath.Join(dir, "writ"), Program: filepath.Join(dir, "bench"), Version: "test/1",
		Results: filepath.Join(dir, "results"), Stores: []string{"sqlite"}, Connections: []int{1, 32},
		Rounds: 2, Cell: 50 * time.Millisecond, Scope: "READ_PROFILE offline_access",
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
	t.Run("keeps what it read of every cell in every round", func(t *testing.T) {
		report := kept(t, filepath.Join(o.Results, "test-1.json"))
		if len(report.Cells) != 6 || len(report.Bare) != 2 || len(report.Rows) != 1 || len(report.Commits) != 1 {
			t.Errorf("got %d cells, %d of the bare handler, %d and %d of the database's floor; want 6, 2, 1 and 1",
				len(report.Cells), len(report.Bare), len(report.Rows), len(report.Commits))
		}
		for _, c := range report.Cells {
			checkRounds(t, c)
		}
	})
	t.Run("leaves nothing out of the tables", func(t *testing.T) {
		for _, want := range []string{"ES256", "share of a durable commit of 50, sqlite", "refresh_token", "authorization_code", "client_credentials"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not in\n%s", want, &out)
			}
		}
	})

	t.Run("fails with a wrong answer", func(t *testing.T) {
		wrong := o
		wrong.Scope = "READ_PROFILE" // so that no refresh token comes with a code
		if err := bench.Run(t.Context(), wrong, io.Discard); err == nil || !strings.Contains(err.Error(), "no refresh token") {
			t.Errorf("got %v, want that there was no refresh token", err)
		}
	})
	t.Run("fails when the server does not start", func(t *testing.T) {
		wrong := o
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

func checkRounds(t *testing.T, c *bench.Readings) {
	t.Helper()
	if len(c.Rounds) != 2 {
		t.Errorf("%s at %d connections has %d rounds, want 2", c.Trade, c.Connections, len(c.Rounds))
	}
	for _, r := range c.Rounds {
		if r.Requests == 0 || r.TokensPerSecond <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Commits <= 0 || r.Batch < 1 || r.RoundTrips <= 0 {
			t.Errorf("%s at %d connections: a number is missing: %+v", c.Trade, c.Connections, r)
		}
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for name, args := range map[string][]string{
		"an unknown database":    {"-stores", "sqlite,oracle"},
		"no rounds":              {"-rounds", "0"},
		"no connections":         {"-connections", "0"},
		"too many connections":   {"-connections", "1,100000"},
		"no number":              {"-connections", "many"},
		"cells without an end":   {"-cell", "240h"},
		"an unknown flag":        {"-fast"},
		"a word that is no flag": {"fast"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := bench.Command(t.Context(), args, io.Discard); err == nil {
				t.Errorf("%q was not refused", args)
			}
		})
	}
}
