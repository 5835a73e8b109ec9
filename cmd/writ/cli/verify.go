package cli

import (
	"errors"

	"writ/adapters/eventsourcing"
)

type verifyCommand struct{}

// Run replays every stream and compares it with its state row.
func (*verifyCommand) Run(t *terminal) error {
	var auditor *eventsourcing.Auditor
	return t.with(func() error {
		report, err := auditor.Verify(t.ctx)
		if err != nil {
			return err
		}
		err = t.answer(report, func() {
			t.say("%d facts in %d streams, %d differences", report.Facts, report.Streams, len(report.Differences))
			for _, d := range report.Differences {
				t.say("  %s: %s", d.Stream, d.Problem)
			}
		})
		if err == nil && len(report.Differences) > 0 {
			err = errors.New("the state rows differ from the log")
		}
		return err
	}, &auditor)
}
