package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/domain/event"
	"writ/ports"
)

type eventsCommand struct {
	Tail      eventsTail      `cmd:"" help:"Read the log itself."`
	Subscribe eventsSubscribe `cmd:"" help:"Read what is published on NATS, as a subscriber does."`
}

type eventsTail struct {
	From   int64  `help:"Position to begin after." default:"0"`
	Kind   string `help:"Only events of a kind of stream, such as grant."`
	Follow bool   `help:"Wait for more." short:"f"`
}

// factView is a fact as the command line shows it.
type factView struct {
	Position event.Position  `json:"position"`
	ID       string          `json:"id"`
	Stream   string          `json:"stream"`
	Version  event.Version   `json:"version"`
	Name     string          `json:"name"`
	At       time.Time       `json:"at"`
	Cause    string          `json:"cause,omitempty"`
	Data     json.RawMessage `json:"data"`
}

const tailBatch = 500

// Run prints events, one a line.
func (c *eventsTail) Run(t *terminal) error {
	var feed ports.EventFeed
	return t.with(func() error {
		after, err := c.print(t, feed, event.Position(c.From))
		for err == nil && c.Follow {
			err = feed.Wait(t.ctx, after)
			if err == nil {
				after, err = c.print(t, feed, after)
			}
		}
		return ended(t.ctx, err)
	}, &feed)
}

// print prints what the log holds after a position, and says how far that is.
func (c *eventsTail) print(t *terminal, feed ports.EventFeed, after event.Position) (event.Position, error) {
	for {
		facts, err := feed.Read(t.ctx, after, tailBatch)
		if err != nil || len(facts) == 0 {
			return after, err
		}
		for _, f := range facts {
			after = f.Position
			c.printFact(t, f)
		}
	}
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

func (c *eventsTail) printFact(t *terminal, f event.Fact) {
	if c.Kind != "" && f.Stream.Kind != c.Kind {
		return
	}
	if !t.json {
		t.say("%8d  %s  %-28s %s", f.Position, f.At.Format(time.RFC3339), f.Stream.Kind+"."+f.Name, f.Stream.ID)
		return
	}
	_ = json.NewEncoder(t.out).Encode(factView{ // a line that nobody reads any more is no failure
		f.Position, f.ID, f.Stream.String(), f.Version, f.Name, f.At, f.Cause, f.Data,
	})
}

type eventsSubscribe struct {
	URL         string `name:"url" env:"WRIT_SUBSCRIBER_URL" help:"The broker; default the embedded one of the settings."`
	Credentials string `help:"File of credentials; default the one in the data directory." type:"path"`
	Kind        string `help:"Only messages of a kind, such as grant-revoked."`
	Client      string `help:"Only messages about a client."`
	Account     string `help:"Only messages about an account."`
	Count       int    `help:"Stop after so many; default never."`
	New         bool   `help:"Only messages from now on."`
}

// Run prints messages, one a line.
func (c *eventsSubscribe) Run(t *terminal) error {
	connection, err := c.connect(t)
	if err != nil {
		return err
	}
	defer connection.Close()
	js, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	deliver := jetstream.DeliverAllPolicy
	if c.New {
		deliver = jetstream.DeliverNewPolicy
	}
	consumer, err := js.OrderedConsumer(t.ctx, natsbus.EventsStream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{natsbus.Subject(c.Kind, c.Client, c.Account)}, DeliverPolicy: deliver,
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", natsbus.EventsStream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for n := 0; c.Count == 0 || n < c.Count; n++ {
		message, err := messages.Next(jetstream.NextContext(t.ctx))
		if err != nil {
			return ended(t.ctx, err)
		}
		t.say("%s", message.Data())
	}
	return nil
}

func (c *eventsSubscribe) connect(t *terminal) (*nats.Conn, error) {
	url, credentials := t.settings.Subscriber()
	if c.URL != "" {
		url, credentials = c.URL, ""
	}
	if c.Credentials != "" {
		credentials = c.Credentials
	}
	options := []nats.Option{nats.Name("writ events subscribe")}
	if credentials != "" {
		options = append(options, nats.UserCredentials(credentials))
	}
	connection, err := nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	return connection, nil
}
