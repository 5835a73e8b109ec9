package wiring_test

import (
	"context"
	"log/slog"
	"testing"

	"go.uber.org/fx"

	"writ/adapters/bunstore"
	"writ/cmd/writ/wiring"
	"writ/ports"
)

// cast is what these tests look at.
type cast struct {
	fx.In
	Store       *bunstore.Store
	Feed        ports.EventFeed
	Checkpoints ports.Checkpoints
}

// serving is a whole server until the end of the test, with the facts of a fresh store: its keys and
// its built-in client.
func serving(t *testing.T, relay bool) cast {
	t.Helper()
	s := defaults(t.TempDir())
	s.Listen, s.Relay = "127.0.0.1:0", relay
	var c cast
	app := fx.New(wiring.Server(s, slog.New(slog.DiscardHandler), "test"), fx.Invoke(func(all cast) { c = all }))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestAServerRelays(t *testing.T) {
	c := serving(t, true)
	head, err := c.Feed.Head(t.Context())
	if err != nil || head == 0 {
		t.Fatalf("the log ends at %d, %v", head, err)
	}
	for {
		relayed, err := c.Checkpoints.Checkpoint(t.Context(), "relay")
		if err != nil {
			t.Fatal(err)
		}
		if relayed >= head {
			return
		}
	}
}

func TestAServerMayLeaveTheRelayToOthers(t *testing.T) {
	c := serving(t, false)
	led := false
	err := c.Store.Lead(t.Context(), "relay", func(context.Context) error { led = true; return nil })
	if err != nil || !led {
		t.Fatalf("somebody else leads: %t, %v", led, err)
	}
	relayed, err := c.Checkpoints.Checkpoint(t.Context(), "relay")
	if err != nil || relayed != 0 {
		t.Errorf("relayed up to %d, %v; want nothing", relayed, err)
	}
}
