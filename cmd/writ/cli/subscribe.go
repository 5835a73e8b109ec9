package cli

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
)

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
