package cli

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"time"

	"writ/application/investigate"
)

type auditCommand struct {
	Since  string `required:"" help:"RFC 3339, a day, 14:03:07 of today (UTC), or '2h ago'."`
	Until  string `help:"As since; default now."`
	Format string `enum:"text,csv,jsonl" default:"text" help:"text, csv or jsonl."`
}

// Run prints what an audit wants to know, one event a line.
func (c *auditCommand) Run(t *terminal) error {
	cmd, err := c.times(time.Now())
	if err != nil {
		return err
	}
	put, flush := t.audit(c.Format)
	var uc *investigate.Audit
	return t.with(func() error {
		err := uc.Execute(t.ctx, cmd, put)
		if err != nil {
			return err
		}
		return flush()
	}, &uc)
}

func (c *auditCommand) times(now time.Time) (cmd investigate.AuditCommand, err error) {
	cmd.Since, err = moment(c.Since, now)
	if err == nil && c.Until != "" {
		cmd.Until, err = moment(c.Until, now)
	}
	return cmd, err
}

// audit is how entries are printed in a format, and how printing ends.
func (t *terminal) audit(format string) (put func(investigate.Entry) error, flush func() error) {
	switch {
	case t.json || format == "jsonl":
		e := json.NewEncoder(t.out)
		return func(entry investigate.Entry) error { return e.Encode(entry) }, func() error { return nil }
	case format == "csv":
		return spreadsheet(t.out)
	default:
		return t.line, func() error { return nil }
	}
}

// spreadsheet prints a table with a head, which is there also when nothing happened.
func spreadsheet(out io.Writer) (put func(investigate.Entry) error, flush func() error) {
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180 §2
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return w.Write(investigate.Columns)
	}
	put = func(e investigate.Entry) error {
		err := begin()
		if err != nil {
			return err
		}
		return w.Write(e.Row())
	}
	return put, func() error {
		err := begin()
		if err != nil {
			return err
		}
		w.Flush()
		return w.Error()
	}
}

// line prints an entry for people.
func (t *terminal) line(e investigate.Entry) error {
	who := ""
	if e.Actor != "" {
		who = ", by " + e.Actor
	}
	concerns := ""
	for _, part := range [][2]string{{"account", string(e.Account)}, {"client", string(e.Client)}} {
		if part[1] != "" && part[1] != e.Subject {
			concerns += ", " + part[0] + " " + part[1]
		}
	}
	t.say("%s  %-7s  %-28s %s%s  (%s)", e.Time.Format(time.RFC3339), e.Outcome, e.Event, legible(e.What), legible(who), legible(e.Subject+concerns))
	return nil
}
