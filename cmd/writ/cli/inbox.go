package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"writ/adapters/httpapi"
	"writ/application/follow"
	"writ/ports"
)

type inboxCommand struct {
	Rejected inboxRejected `cmd:"" help:"List messages about accounts that could not be followed."`
	Show     inboxShow     `cmd:"" help:"Show one of them, with its body, which may hold personal data."`
	Replay   inboxReplay   `cmd:"" help:"Follow again what other services told about accounts."`
}

// withInbox runs do on the inbox of the servers that run on the settings, and on the use cases that
// targets, pointers to them, are filled with.
func (t *terminal) withInbox(do func(ports.Inbox) error, targets ...any) error {
	var uc *follow.Account
	return t.with(func() error {
		quiet := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelError}))
		inbox, hangUp, err := t.settings.DialInbox(uc, quiet)
		if err != nil {
			return err
		}
		defer hangUp()
		return do(inbox)
	}, append(targets, &uc)...)
}

type inboxRejected struct {
	After uint64 `help:"Only those after this place." default:"0"`
	Limit int    `help:"So many at most." default:"100"`
}

// Run lists them, oldest first.
func (c *inboxRejected) Run(t *terminal) error {
	return t.withInbox(func(inbox ports.Inbox) error {
		found, err := inbox.Rejected(t.ctx, c.After, c.Limit)
		if err != nil {
			return err
		}
		views, rows := []httpapi.RejectedMessage{}, [][]any{}
		for _, r := range found {
			views = append(views, httpapi.RejectedMessageOf(r))
			rows = append(rows, []any{r.Place, r.At.Format(time.RFC3339), legible(r.Subject), orNone(legible(r.ID)), legible(r.Reason)})
		}
		return t.answer(views, func() { c.list(t, rows) })
	})
}

func (c *inboxRejected) list(t *terminal, rows [][]any) {
	if len(rows) == 0 {
		t.say("Nothing was rejected.")
		return
	}
	t.table([]any{"PLACE", "REJECTED", "SUBJECT", "ID", "REASON"}, rows)
	if len(rows) == c.Limit {
		t.say("There may be more: --after %v", rows[len(rows)-1][0])
	}
}

type inboxShow struct {
	Place uint64 `arg:"" help:"The place that the list shows."`
}

// Run shows one with its body.
func (c *inboxShow) Run(t *terminal) error {
	return t.withInbox(func(inbox ports.Inbox) error {
		r, err := inbox.Rejection(t.ctx, c.Place)
		if err != nil {
			return fmt.Errorf("rejected message %d: %w", c.Place, err)
		}
		v := httpapi.RejectedMessageOf(r).With(r.Body)
		return t.answer(v, func() { t.showRejection(v) })
	})
}

func (t *terminal) showRejection(v httpapi.RejectedMessage) {
	t.say("place     %d (message %d of all that was told)", v.Place, v.Message)
	t.say("rejected  %s", v.At.Format(time.RFC3339))
	t.say("subject   %s", legible(v.Subject))
	t.say("id        %s", orNone(legible(v.ID)))
	t.say("reason    %s", legible(v.Reason))
	t.say("body      %d bytes%s%s\n", v.Size, map[bool]string{true: ", the beginning of which is"}[v.Cut],
		map[bool]string{true: ", in base64"}[v.Encoding != ""])
	for line := range strings.Lines(*v.Body) {
		t.say("%s", legible(strings.TrimRight(line, "\r\n")))
	}
}

func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
