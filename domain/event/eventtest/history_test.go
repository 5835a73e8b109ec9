package eventtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writ/domain/event"
	"writ/domain/event/eventtest"
)

// An event as it was, as it is, and as somebody may change it without thinking.
type (
	movedV1 struct {
		Far string `json:"far"`
	}
	moved struct {
		Metres int `json:"metres"`
	}
	renamed struct {
		Distance int `json:"distance"`
	}
	grown struct {
		Metres int    `json:"metres"`
		Unit   string `json:"unit,omitempty"`
	}
	retyped struct {
		Metres string `json:"metres"`
	}
)

func upgraded(old movedV1) moved { return moved{Metres: len(old.Far)} }

func walk(d event.Definition) *event.Catalogue { return event.NewCatalogue("walk", d) }

func TestASampleShowsWhenAnEventChanges(t *testing.T) {
	frozen := map[string]string{"moved.1.json": `{"far":"xx"}`, "moved.2.json": `{"metres":2}`}
	was := event.Was(upgraded)
	for name, tc := range map[string]struct {
		files map[string]string
		today event.Definition
		fault string // part of what is said; empty: nothing is
	}{
		"nothing changed":     {frozen, event.Define[moved]("moved", was), ""},
		"a sample is missing": {map[string]string{"moved.2.json": `{"metres":2}`}, event.Define[moved]("moved", was), "no frozen sample"},
		"a field was renamed": {frozen, event.Define[renamed]("moved", event.Was(func(movedV1) renamed { return renamed{} })), "cannot be read"},
		"a field was added":   {frozen, event.Define[grown]("moved", event.Was(func(movedV1) grown { return grown{} })), "lacks"},
		"a field was retyped": {frozen, event.Define[retyped]("moved", event.Was(func(movedV1) retyped { return retyped{} })), "cannot be read"},
		"a revision was lost": {frozen, event.Define[moved]("moved"), "cannot be read"},
		"the event was lost":  {frozen, event.Define[moved]("went", was), "not declared any more"},
		"a broken sample":     {map[string]string{"moved.1.json": `{`, "moved.2.json": `{"metres":2}`}, event.Define[moved]("moved", was), "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, data := range tc.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			said := strings.Join(eventtest.Faults(dir, walk(tc.today)), "\n")
			if tc.fault == "" && said != "" || !strings.Contains(said, tc.fault) {
				t.Errorf("it says %q, want %q", said, tc.fault)
			}
		})
	}
}
