package cli

import (
	"fmt"
	"strconv"
	"time"

	"writ/adapters/httpapi"
	"writ/application/administer"
	"writ/ports"
)

type inboxReplay struct {
	From    string `required:"" help:"Place of the first message, 1 for the oldest that is kept; or when it came: RFC 3339, 14:03:07 of today (UTC), or 2h ago."`
	Account string `help:"Only what was told about this account: its id or handle."`
	DryRun  bool   `help:"Only look how many there are, and which could not be followed."`
}

// replayedView is what came of a replay.
type replayedView struct {
	DryRun   bool                      `json:"dry_run"`
	Seen     int                       `json:"seen"`
	Followed int                       `json:"followed"`
	Changed  int                       `json:"changed"`
	Refused  int                       `json:"refused"`
	Next     uint64                    `json:"next,omitempty"`
	Done     bool                      `json:"done"`
	Refusals []httpapi.RejectedMessage `json:"refusals"`
}

// Run replays, and says how far it got also when it fails.
func (c *inboxReplay) Run(t *terminal) error {
	what, err := c.what(time.Now())
	if err != nil {
		return err
	}
	var accounts *administer.Accounts
	return t.withInbox(func(inbox ports.Inbox) error {
		if known, err := accounts.Find(t.ctx, c.Account); err == nil { // others were told of, too
			what.Account = known.Account
		}
		so, failed := inbox.Replay(t.ctx, what)
		v := replayedView{c.DryRun, so.Seen, so.Followed, so.Changed, so.Refused, so.Next, so.Done, []httpapi.RejectedMessage{}}
		for _, r := range so.Refusals {
			v.Refusals = append(v.Refusals, httpapi.RejectedMessageOf(r))
		}
		err := t.answer(v, func() { t.showReplayed(v) })
		if failed != nil {
			return fmt.Errorf("the replay stopped at message %d: %w", so.Next, failed)
		}
		return err
	}, &accounts)
}

func (c *inboxReplay) what(now time.Time) (ports.Replay, error) {
	what := ports.Replay{Account: c.Account, DryRun: c.DryRun}
	place, err := strconv.ParseUint(c.From, 10, 64)
	if err == nil {
		what.From = max(place, 1)
		return what, nil
	}
	what.Since, err = moment(c.From, now)
	if err != nil {
		return what, fmt.Errorf("--from is no place, and %w", err)
	}
	return what, nil
}

func (t *terminal) showReplayed(v replayedView) {
	format := "%d messages: %d followed again, of which %d changed something; %d cannot be followed"
	if v.DryRun {
		format = "%d messages: %d can be followed, of which %d would change something; %d cannot be followed"
	}
	t.say(format, v.Seen, v.Followed, v.Changed, v.Refused)
	for _, r := range v.Refusals {
		t.say("  %d  %s  %s: %s", r.Message, r.At.Format(time.RFC3339), legible(r.Subject), legible(r.Reason))
	}
	if more := v.Refused - len(v.Refusals); more > 0 {
		t.say("  and %d more", more)
	}
}
