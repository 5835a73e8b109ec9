package wiring_test

import (
	"slices"
	"strings"
	"testing"

	"writ/adapters/natsbus/natstest"
	"writ/application/investigate"
)

// Whoever reads a message may ask for its events by the kind that it has.
func TestEventsCanBeAskedForByWhatSubscribersCallThem(t *testing.T) {
	published, err := natstest.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range published {
		if kind, _, _ := strings.Cut(name, ".v"); !slices.Contains(investigate.Kinds(), kind) {
			t.Errorf("nobody can ask for %s", kind)
		}
	}
}
