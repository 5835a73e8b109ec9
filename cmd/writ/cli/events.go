package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"writ/application/administer"
	"writ/application/investigate"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

type eventsCommand struct {
	Tail      eventsTail      `cmd:"" help:"Read the log itself."`
	Show      eventsShow      `cmd:"" help:"Show one event."`
	Subscribe eventsSubscribe `cmd:"" help:"Read what is published on NATS, as a subscriber does."`
}

type eventsTail struct {
	Kind    []string `help:"Only events of a kind of stream (grant), of one name (grant.revoked) or of a message (grant-revoked); repeat for more."`
	Client  string   `help:"Only events about a client: its id or client_id."`
	Account string   `help:"Only events about an account: its id or handle."`
	From    string   `help:"Position to begin after, or time to begin at: RFC 3339, 14:03:07 of today (UTC), or 2h ago. Default the beginning."`
	Follow  bool     `help:"Wait for more." short:"f"`
}

// factView is an event as the command line shows it.
type factView struct {
	Position event.Position  `json:"position"`
	ID       string          `json:"id"`
	Stream   string          `json:"stream"`
	Version  event.Version   `json:"version"`
	Name     string          `json:"name"`
	At       time.Time       `json:"at"`
	Cause    string          `json:"cause,omitempty"`
	Client   string          `json:"client_id,omitempty"`
	Account  string          `json:"account_id,omitempty"`
	What     string          `json:"what"`
	Data     json.RawMessage `json:"data"`
}

func viewOf(r ports.Record) (factView, error) {
	says, err := json.Marshal(r.Says)
	return factView{
		r.Position, r.ID, r.Stream.String(), r.Version, r.Name, r.At, r.Cause, r.Client, r.Account, investigate.Sentence(r), says,
	}, err
}

// questions are what the commands that ask about the past need.
type questions struct {
	events   *investigate.Events
	accounts *administer.Accounts
	clients  *administer.Clients
}

// Run prints events, one a line.
func (c *eventsTail) Run(t *terminal) error {
	from, err := beginning(c.From, time.Now())
	if err != nil {
		return err
	}
	var q questions
	return t.with(func() error {
		filter, err := q.filter(t.ctx, c.Kind, c.Client, c.Account)
		if err != nil {
			return err
		}
		err = c.read(t, q.events, from, filter)
		if errors.Is(err, investigate.ErrKind) {
			return fmt.Errorf("--kind %s: there are only %s", strings.Join(c.Kind, ","), strings.Join(investigate.Kinds(), " "))
		}
		return ended(t.ctx, err)
	}, &q.events, &q.accounts, &q.clients)
}

// read prints what is there at once, and what is followed line by line.
func (c *eventsTail) read(t *terminal, events *investigate.Events, from investigate.From, filter investigate.Filter) error {
	if c.Follow {
		return events.Follow(t.ctx, from, filter, t.printRecord)
	}
	out := bufio.NewWriter(t.out)
	whole := *t
	whole.out = out
	err := events.Each(t.ctx, from, filter, whole.printRecord)
	return errors.Join(err, out.Flush())
}

// filter understands what people call clients and accounts.
func (q *questions) filter(ctx context.Context, kinds []string, client, account string) (f investigate.Filter, err error) {
	f.Kinds = kinds
	if client != "" {
		c, err := q.clients.Find(ctx, client)
		if err != nil {
			return f, err
		}
		f.Client = c.ClientID
	}
	if account != "" {
		a, err := q.accounts.Find(ctx, account)
		if err != nil {
			return f, err
		}
		f.Account = oauth.AccountID(a.Account)
	}
	return f, nil
}

// beginning is a position or a time.
func beginning(text string, now time.Time) (investigate.From, error) {
	position, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return investigate.From{}, nil
	case err == nil:
		return investigate.From{Position: event.Position(position)}, nil
	}
	at, err := moment(text, now)
	return investigate.From{Time: at}, err
}

// ended takes the person's own interruption for a good end.
func ended(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}

// printRecord prints one event on a line.
func (t *terminal) printRecord(r ports.Record) error {
	if !t.json {
		t.say("%8d  %s  %-28s %s%s", r.Position, r.At.Format(time.RFC3339), r.Stream.Kind+"."+r.Name, legible(investigate.Sentence(r)), whose(r))
		return nil
	}
	view, err := viewOf(r)
	if err != nil {
		return err
	}
	return json.NewEncoder(t.out).Encode(view)
}

// whose says at the end of a line which stream it is, and whom it concerns.
func whose(r ports.Record) string {
	parts := []string{r.Stream.ID}
	if r.Client != "" && r.Client != r.Stream.ID {
		parts = append(parts, "client "+r.Client)
	}
	if r.Account != "" && r.Account != r.Stream.ID {
		parts = append(parts, "account "+r.Account)
	}
	return "  (" + legible(strings.Join(parts, ", ")) + ")"
}

type eventsShow struct {
	Event string `arg:"" help:"Its id, or its position."`
}

// Run shows one event.
func (c *eventsShow) Run(t *terminal) error {
	var events *investigate.Events
	return t.with(func() error {
		r, err := events.Show(t.ctx, c.Event)
		if err != nil {
			return err
		}
		view, err := viewOf(r)
		if err != nil {
			return err
		}
		return t.answer(view, func() { t.showRecord(r) })
	}, &events)
}

func (t *terminal) showRecord(r ports.Record) {
	t.say("%s\n", legible(investigate.Sentence(r)))
	rows := [][]any{
		{"position", r.Position},
		{"id", r.ID},
		{"time", r.At.Format(time.RFC3339Nano)},
		{"event", r.Stream.Kind + "." + r.Name},
		{"stream", fmt.Sprintf("%s, version %d", r.Stream, r.Version)},
	}
	for _, more := range [][]any{{"client", r.Client}, {"account", r.Account}, {"caused by", r.Cause}} {
		if more[1] != "" {
			rows = append(rows, []any{more[0], legible(more[1].(string))})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Says)) {
		said, _ := json.Marshal(r.Says[name]) // it came from JSON
		rows = append(rows, []any{"  " + name, legible(string(said))})
	}
	t.rows(rows)
}
