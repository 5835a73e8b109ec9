package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"writ/domain/event"
	"writ/ports"
)

// logWindow is a part of the log, with what should have been published for it. It moves to where it
// is asked for.
type logWindow struct {
	feed    ports.EventFeed
	parties ports.Parties
	since   time.Time
	forms   Forms        // of what has to be published
	write   RelayOptions // of what may have been
	entries []entry      // that follow each other
}

// entry is a fact of the log.
type entry struct {
	id      string
	at      event.Position
	name    string
	decided time.Time
	message *nats.Msg // nil: none can have been published
	due     bool      // it has to be in the stream
}

// at gives what stands at a position, nil when the log does not reach there.
func (w *logWindow) at(ctx context.Context, position event.Position) (*entry, error) {
	if e := w.find(position); e != nil {
		return e, nil
	}
	facts, err := w.feed.Read(ctx, position-1, relayBatch)
	if err != nil {
		return nil, fmt.Errorf("read the log at %d: %w", position, err)
	}
	if w.entries, err = w.read(ctx, facts); err != nil {
		return nil, err
	}
	return w.find(position), nil
}

func (w *logWindow) find(position event.Position) *entry {
	if len(w.entries) == 0 || position < w.entries[0].at {
		return nil
	}
	if i := position - w.entries[0].at; int(i) < len(w.entries) {
		return &w.entries[i]
	}
	return nil
}

func (w *logWindow) read(ctx context.Context, facts []event.Fact) ([]entry, error) {
	b, err := w.write.messages(ctx, w.parties, facts)
	if err == nil && b.cut != nil {
		err = fmt.Errorf("write the message of a fact: %w", b.cut)
	}
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(facts))
	for i, f := range facts {
		_, public := w.forms.of(f)
		entries[i] = entry{
			id: f.ID, at: f.Position, name: f.Stream.Kind + "." + f.Name, decided: f.At, message: b.steps[i].message,
			due: public && b.steps[i].message != nil && !f.At.Before(w.since),
		}
	}
	return entries, nil
}
