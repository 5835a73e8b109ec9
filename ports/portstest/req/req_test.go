package req_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

func TestCovers(t *testing.T) {
	for name, tc := range map[string]struct {
		ids   []string
		fails int
		notes string
	}{
		"one number":            {ids: []string{"R-020"}, notes: "R-020"},
		"several numbers":       {ids: []string{"R-020", "R-021"}, notes: "R-020 R-021"},
		"no number":             {fails: 1},
		"a number of two signs": {ids: []string{"R-20"}, fails: 1, notes: "R-20"},
		"a word":                {ids: []string{"RFC 6749", "R-001"}, fails: 1, notes: "RFC 6749 R-001"},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &witness{TB: t}
			req.Covers(seen, tc.ids...)
			got := []any{seen.fails, seen.notes}
			if diff := cmp.Diff([]any{tc.fails, tc.notes}, got); diff != "" {
				t.Errorf("failures and notes (-want +got):\n%s", diff)
			}
		})
	}
}

// witness counts what a test would have been told.
type witness struct {
	testing.TB

	fails int
	notes string
}

func (w *witness) Error(...any)          { w.fails++ }
func (w *witness) Errorf(string, ...any) { w.fails++ }
func (w *witness) Attr(_, value string)  { w.notes = value }
