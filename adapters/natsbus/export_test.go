package natsbus

import (
	"context"

	"writ/domain/event"
)

// Purge empties the stream of events, as somebody who runs the broker may.
func Purge(ctx context.Context, b *Broker) error {
	s, err := b.events.js.Stream(ctx, EventsStream)
	if err != nil {
		return err
	}
	return s.Purge(ctx)
}

// Seal gives the subject and the body of what is published.
func Seal(m *Message, f event.Fact, issuer string) (subject string, body []byte, err error) {
	published, err := m.seal(f, issuer)
	if err != nil {
		return "", nil, err
	}
	return published.Subject, published.Data, nil
}
