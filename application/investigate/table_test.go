package investigate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/investigate"
)

func TestCellsAreNoFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"":           "",
		"odin":       "odin",
		"=1+1":       "'=1+1",
		"+1":         "'+1",
		"-1":         "'-1",
		"@SUM(A1)":   "'@SUM(A1)",
		"\t=1":       "'\t=1",
		"\r=1":       "'\r=1",
		"\n=1":       "'\n=1",
		"  =1":       "'  =1",
		"a=1":        "a=1",
		"https://a/": "https://a/",
	} {
		row := investigate.Entry{Actor: cell, Subject: cell, Cause: cell}.Row()
		if row[4] != want || row[7] != want || row[9] != want {
			t.Errorf("%q became %q", cell, row)
		}
	}
}

func TestARowHasACellForEachColumn(t *testing.T) {
	e := investigate.Entry{
		Time: time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.FixedZone("", 3600)), Position: 7, Event: "grant.revoked", What: "the grant was revoked: owner",
		Actor: "odin", Account: "odin", Client: "app", Subject: "g1", Outcome: investigate.Done, Cause: "m1",
	}
	want := []string{"2026-03-01T11:00:00.5Z", "7", "grant.revoked", "the grant was revoked: owner", "odin", "odin", "app", "g1", "done", "m1"}
	if diff := cmp.Diff(want, e.Row()); diff != "" || len(want) != len(investigate.Columns) {
		t.Errorf("the row (-want +got):\n%s", diff)
	}
}
