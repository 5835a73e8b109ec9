package cli_test

import (
	"strings"
	"testing"
	"time"

	"writ/cmd/writ/cli"
)

func TestTimesAreReadAsPeopleWriteThem(t *testing.T) {
	now := time.Date(2026, 3, 1, 15, 30, 0, 0, time.FixedZone("", 3600)) // 14:30 UTC
	for text, want := range map[string]string{
		"2026-02-28T14:03:07Z":        "2026-02-28T14:03:07Z",
		"2026-02-28T14:03:07.25Z":     "2026-02-28T14:03:07.25Z",
		"2026-02-28T14:03:07+02:00":   "2026-02-28T12:03:07Z",
		"2026-02-28T14:03:07":         "2026-02-28T14:03:07Z",
		"2026-02-28 14:03":            "2026-02-28T14:03:00Z",
		"2026-02-28":                  "2026-02-28T00:00:00Z",
		"14:03:07":                    "2026-03-01T14:03:07Z",
		"14:03:07.5":                  "2026-03-01T14:03:07.5Z",
		"14:03":                       "2026-03-01T14:03:00Z",
		"now":                         "2026-03-01T14:30:00Z",
		"2h ago":                      "2026-03-01T12:30:00Z",
		"2h":                          "2026-03-01T12:30:00Z",
		"-2h":                         "2026-03-01T12:30:00Z",
		"1h30m ago":                   "2026-03-01T13:00:00Z",
		"7d ago":                      "2026-02-22T14:30:00Z",
		"2026-02-28T14:03:07.000001Z": "2026-02-28T14:03:07.000001Z",
	} {
		at, err := cli.Moment(text, now)
		if got := at.Format(time.RFC3339Nano); err != nil || got != want {
			t.Errorf("%q is %s, want %s (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "soon", "25:00", "2026-13-01", "--2h", "2", "ago", "99999999999d", "2h 3", "1e9h ago", strings.Repeat("9", 100) + "h"} {
		if at, err := cli.Moment(text, now); err == nil {
			t.Errorf("%q is taken for %s", text, at)
		}
	}
}

func TestNothingThatIsPrintedMovesTheCursor(t *testing.T) {
	for text, want := range map[string]string{
		"plain, “quoted” and ünïcode": "plain, “quoted” and ünïcode",
		"red\x1b[31m":                 "red\ufffd[31m",
		"a\nb\tc\r":                   "a\ufffdb\ufffdc\ufffd",
		"right\u202eto left":          "right\ufffdto left",
		"not \xff UTF-8":              "not \ufffd UTF-8",
	} {
		if got := cli.Legible(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestQuestionsOfAnEmptyStore(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"events", "tail"}, {"audit", "--since", "1h ago"}, {"audit", "--since", "1h ago", "--format", "jsonl"}} {
		if out, errs, code := writ(t, dir, "", args...); code != 0 || out != "" {
			t.Errorf("writ %v: exit %d: %s%s", args, code, out, errs)
		}
	}
	for says, args := range map[string][]string{
		"not found": {"events", "show", "1"}, "nothing is known": {"explain", "d6i2kv0000000000003g"}, "standard input is empty": {"explain", "-"},
		"--since": {"audit"}, "expected": {"events", "show"},
	} {
		if _, errs, code := writ(t, dir, "", args...); code == 0 || !strings.Contains(errs, says) {
			t.Errorf("writ %v: exit %d: %s", args, code, errs)
		}
	}
}
