package cli

import (
	"errors"

	"writ/adapters/eventsourcing"
)

type rebuildCommand struct {
	Compare bool `help:"Derive beside the live rows, and say what differs. Nothing is changed."`
	Swap    bool `help:"With --compare: put what was derived in the place of what differs, at once."`
}

// Run derives every state row from the log again. Servers may run meanwhile: whatever they decide on
// a row as it was before is decided again.
func (c *rebuildCommand) Run(t *terminal) error {
	switch {
	case c.Compare:
		return c.compare(t)
	case c.Swap:
		return errors.New("--swap needs --compare")
	}
	var rebuilder *eventsourcing.Rebuilder
	return t.with(func() error {
		n, err := rebuilder.Rebuild(t.ctx)
		if err != nil {
			return err
		}
		return t.answer(map[string]int{"streams": n}, func() { t.say("%d streams derived again", n) })
	}, &rebuilder)
}

func (c *rebuildCommand) compare(t *terminal) error {
	var comparer *eventsourcing.Comparer
	return t.with(func() error {
		found, err := comparer.Compare(t.ctx, c.Swap)
		if err != nil {
			return err
		}
		err = t.answer(found, func() {
			t.say("%d facts, %d streams, %d differences", found.Facts, found.Streams, len(found.Differences))
			for _, d := range found.Differences {
				t.say("  %s: %s", d.Stream, d.Problem)
			}
			if found.Swapped {
				t.say("what was derived is live now")
			}
		})
		if err == nil && len(found.Differences) > 0 && !found.Swapped {
			err = errors.New("the state rows differ from the log")
		}
		return err
	}, &comparer)
}
