package natsbus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/domain/event"
)

// pipeline publishes messages without waiting for each to be stored. Each is published on the
// condition that the stream ends with the one before it, so a failure anywhere keeps out
// everything behind it, and order holds.
type pipeline struct {
	js    jetstream.JetStream
	steps []step
}

// step is one fact with its message, nil when it has none.
type step struct {
	message *nats.Msg
	fact    event.Fact
	stored  jetstream.PubAckFuture
}

func (p *pipeline) add(m *nats.Msg, f event.Fact) {
	p.steps = append(p.steps, step{message: m, fact: f})
}

// run publishes, waits until every message is stored or refused, and moves end to the last fact
// before the first failure.
func (p *pipeline) run(ctx context.Context, end *streamEnd) error {
	failure := p.launch(end.sequence)
	for i := range p.steps {
		if err := p.steps[i].settle(ctx, end); err != nil {
			return p.abandon(ctx, i+1, err)
		}
	}
	return failure
}

// launch sends the messages; what could not be sent is cut off the pipeline.
func (p *pipeline) launch(sequence uint64) error {
	for i := range p.steps {
		s := &p.steps[i]
		if s.message == nil {
			continue
		}
		var err error
		s.stored, err = p.js.PublishMsgAsync(s.message,
			jetstream.WithMsgID(s.fact.ID),
			jetstream.WithExpectStream(EventsStream),
			jetstream.WithExpectLastSequence(sequence),
			jetstream.WithRetryAttempts(0))
		if err != nil {
			p.steps = p.steps[:i]
			return fmt.Errorf("publish fact %s at position %d: %w", s.fact.ID, s.fact.Position, err)
		}
		sequence++
	}
	return nil
}

// settle waits for one message and moves end behind its fact.
func (s *step) settle(ctx context.Context, end *streamEnd) error {
	if s.message != nil {
		ack, err := wait(ctx, s.stored)
		if err != nil {
			return fmt.Errorf("publish fact %s at position %d: %w", s.fact.ID, s.fact.Position, err)
		}
		if !ack.Duplicate { // a duplicate is in the stream already, and did not move its end
			end.sequence = ack.Sequence
		}
	}
	end.position = s.fact.Position
	return nil
}

// abandon waits for what is still under way behind a failure, so that it cannot meet what is
// published next. The library ends each wait after publishWithin.
func (p *pipeline) abandon(ctx context.Context, from int, failure error) error {
	for _, s := range p.steps[from:] {
		if s.message != nil {
			_, _ = wait(ctx, s.stored)
		}
	}
	return failure
}

func wait(ctx context.Context, stored jetstream.PubAckFuture) (*jetstream.PubAck, error) {
	select {
	case ack := <-stored.Ok():
		return ack, nil
	case err := <-stored.Err():
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
