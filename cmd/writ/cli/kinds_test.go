package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"writ/adapters/natsbus"
	"writ/application/investigate"
	"writ/domain/event"
)

// TestEventsAreFoundByTheNamesOfTheirMessages: who knows an event from NATS finds it in the log under
// the same name.
func TestEventsAreFoundByTheNamesOfTheirMessages(t *testing.T) {
	for full, form := range natsbus.PublicForms(natsbus.IssuanceForms()) {
		kind, name, _ := strings.Cut(full, ".")
		message, err := form(sample(t, kind, name), natsbus.Party{Client: "c", Account: "a"})
		if err != nil {
			t.Errorf("%s: %v", full, err)
			continue
		}
		if message != nil && !slices.Contains(investigate.Names(message.Kind), full) {
			t.Errorf("the message of %s is %s, which stands for %v", full, message.Kind, investigate.Names(message.Kind))
		}
	}
}

// sample is a fact as the present program records it.
func sample(t *testing.T, kind, name string) event.Fact {
	t.Helper()
	unit := map[string]string{"signing_key": "signingkey", "revoked_token": "token"}[kind]
	if unit == "" {
		unit = kind
	}
	found, err := filepath.Glob(filepath.Join("..", "..", "..", "domain", unit, "testdata", "*", name+".*.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no sample of %s.%s: %v", kind, name, err)
	}
	text, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return event.Fact{
		ID: "x", Stream: event.Stream{Kind: kind, ID: "x"}, Version: 1, Position: 1, Name: name,
		Revision: event.Revision(len(found)), Data: json.RawMessage(text),
	}
}
