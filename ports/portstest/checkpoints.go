package portstest

import (
	"testing"

	"writ/domain/event"
	"writ/ports"
)

// Checkpoints is the contract of ports.Checkpoints. Each case gets a fresh one from open.
func Checkpoints(t *testing.T, open func(t *testing.T) ports.Checkpoints) {
	t.Run("a checkpoint that was never noted is 0", func(t *testing.T) { checkpoint(t, open(t), "relay", 0) })
	t.Run("a checkpoint is kept under its name and never goes back", func(t *testing.T) {
		s := open(t)
		for _, step := range []struct{ to, want event.Position }{{3, 3}, {7, 7}, {5, 7}, {7, 7}, {8, 8}} {
			advance(t, s, "relay", step.to)
			checkpoint(t, s, "relay", step.want)
		}
		checkpoint(t, s, "another", 0)
	})
	t.Run("of many positions noted at once the highest stays", func(t *testing.T) {
		s := open(t)
		together(contest, func(i int) error {
			advance(t, s, "relay", event.Position(i))
			return nil
		})
		checkpoint(t, s, "relay", contest-1)
	})
}

func advance(t *testing.T, s ports.Checkpoints, name string, to event.Position) {
	t.Helper()
	err := s.Advance(t.Context(), name, to)
	if err != nil {
		t.Errorf("advance to %d: %v", to, err)
	}
}

func checkpoint(t *testing.T, s ports.Checkpoints, name string, want event.Position) {
	t.Helper()
	got, err := s.Checkpoint(t.Context(), name)
	if err != nil || got != want {
		t.Errorf("the checkpoint of %s is %d (%v), want %d", name, got, err, want)
	}
}
