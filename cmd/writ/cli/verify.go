package cli

import (
	"errors"
	"time"

	"writ/adapters/eventsourcing"
	"writ/adapters/natsbus"
)

type verifyCommand struct {
	Events      bool      `help:"Compare the log with what is published on NATS instead, while servers go on working."`
	Since       time.Time `help:"With --events: judge what was decided from a time on, such as the last change of what is published." placeholder:"TIME"`
	Credentials string    `help:"With --events: file of credentials for the broker; default those of the settings." type:"path"`
}

// Run replays every stream and compares it with its state row, or compares the log with what was
// published.
func (c *verifyCommand) Run(t *terminal) error {
	if c.Events {
		return c.events(t)
	}
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

var errUnheard = errors.New("WRIT_NATS_LISTEN is off: what the embedded broker holds can be read by the server only")

// events compares the log, the relay's checkpoint and the stream.
func (c *verifyCommand) events(t *terminal) error {
	if t.settings.NATS == "" && t.settings.NATSListen == natsbus.ListenOff {
		return errUnheard
	}
	o := natsbus.CompareOptions{Forms: t.settings.Forms(), Since: c.Since}
	o.URL, o.Credentials = t.settings.Subscriber()
	if c.Credentials != "" {
		o.Credentials = c.Credentials
	}
	var err error
	o.Issuer, err = t.settings.ServedIssuer()
	if err != nil {
		return err
	}
	var p natsbus.ComparePorts
	return t.with(func() error {
		found, err := natsbus.Compare(t.ctx, p, o)
		if err != nil {
			return err
		}
		return t.compared(found)
	}, &p.Feed, &p.Parties, &p.Checkpoints)
}

func (t *terminal) compared(found *natsbus.Comparison) error {
	err := t.answer(found, func() {
		t.say("log: %d facts; checkpoint: %d; stream: messages %d to %d", found.Head, found.Checkpoint, found.First, found.Last)
		t.say("%d messages compared, %d facts not yet relayed, %d differences", found.Messages, found.Lag, found.Problems)
		for _, d := range found.Differences {
			t.say("  %-10s message %d, position %d, event %s: %s", d.Kind, d.Sequence, d.Position, d.Event, d.Problem)
		}
		if more := found.Problems - len(found.Differences); more > 0 {
			t.say("  and %d more", more)
		}
	})
	if err == nil && found.Problems > 0 {
		err = errors.New("what is published differs from the log")
	}
	return err
}
