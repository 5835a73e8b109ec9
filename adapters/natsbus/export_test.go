package natsbus

import "context"

// Purge empties the stream of events, as somebody who runs the broker may.
func Purge(ctx context.Context, b *Broker) error {
	s, err := b.events.js.Stream(ctx, EventsStream)
	if err != nil {
		return err
	}
	return s.Purge(ctx)
}
