package investigate_test

import (
	"errors"
	"strings"
	"testing"

	"writ/application/investigate"
	"writ/domain/oauth"
	"writ/ports"
)

// FuzzWhateverIsAsked: people paste anything, and are told what it is or that nothing is known of it.
func FuzzWhateverIsAsked(f *testing.F) {
	for _, seed := range []string{
		"", "1", "-1", "grant", "d6i2kv0000000000003g", strings.Repeat("A", 96), "e30.e30.e30", "e30.eyJnaWQiOiJ4IiwianRpIjoieSJ9.", "a.b.c", "..",
		"\x00", "e30." + strings.Repeat("W", 1000) + ".x", "99999999999999999999",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, of string) {
		w := newWorld(t)
		w.opens()
		c, err := w.explanation.Execute(t.Context(), investigate.ExplainCommand{Of: oauth.Secret(of)})
		if err == nil && (c.State != investigate.Forged || len(c.Steps) > 0) {
			t.Errorf("%q is explained: %+v", of, c)
		}
		if err != nil && !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%q: %v", of, err)
		}
		_, err = w.events.Show(t.Context(), of)
		if err != nil && !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("event %q: %v", of, err)
		}
	})
}
