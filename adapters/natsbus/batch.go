package natsbus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/domain/event"
	"writ/ports"
)

// batch is facts that follow each other in the log, ready to be published. Its messages do not wait
// for each other: each is published on the condition that the stream ends with the one before it, so
// a failure anywhere keeps out everything behind it, and order holds.
type batch struct {
	steps []step
	cut   error // why it ends before the facts that were read: one cannot be published
	whole bool  // as many facts were read as a batch may have
}

// step is one fact with its message, nil when it has none.
type step struct {
	message  *nats.Msg
	id       string
	position event.Position
	stored   jetstream.PubAckFuture
}

// prepare reads the batch that follows a position, and writes its messages. One without facts is
// empty.
func (r *Relay) prepare(ctx context.Context, after event.Position) (*batch, error) {
	facts, err := r.ports.Feed.Read(ctx, after, relayBatch)
	if err != nil {
		return nil, fmt.Errorf("read the log after %d: %w", after, err)
	}
	if len(facts) == 0 {
		return &batch{}, nil
	}
	if first := facts[0].Position; first != after+1 {
		return nil, fmt.Errorf("the log has a gap: position %d follows %d", first, after)
	}
	b, err := r.options.messages(ctx, r.ports.Parties, facts)
	if err == nil && len(b.steps) == 0 {
		err = b.cut
	}
	return b, err
}

// messages writes what is published for facts. One that cannot be read ends the batch before it.
func (o RelayOptions) messages(ctx context.Context, parties ports.Parties, facts []event.Fact) (*batch, error) {
	concerned, err := parties.Of(ctx, o.Forms.public(facts))
	if err != nil {
		return nil, fmt.Errorf("find out whom %d facts concern: %w", len(facts), err)
	}
	b := &batch{steps: make([]step, 0, len(facts)), whole: len(facts) == relayBatch}
	for _, f := range facts {
		m, err := o.message(f, concerned[f.Stream])
		if err != nil {
			b.cut = err
			break
		}
		b.steps = append(b.steps, step{message: m, id: f.ID, position: f.Position})
	}
	return b, nil
}

// message is what is published for f, or nil when nothing is.
func (o RelayOptions) message(f event.Fact, concerned ports.Party) (*nats.Msg, error) {
	form, public := o.Forms.of(f)
	if !public {
		return nil, nil
	}
	m, err := form(f, Party(concerned))
	if err != nil || m == nil {
		return nil, err
	}
	return m.seal(f, o.Issuer)
}

func (b *batch) empty() bool { return len(b.steps) == 0 }

// full reports whether more facts are likely to follow.
func (b *batch) full() bool { return b.whole && b.cut == nil }

// last is the position of the last fact.
func (b *batch) last() event.Position { return b.steps[len(b.steps)-1].position }

// launch sends the messages; what could not be sent is cut off the batch.
func (b *batch) launch(js jetstream.JetStream, sequence uint64) error {
	for i := range b.steps {
		s := &b.steps[i]
		if s.message == nil {
			continue
		}
		var err error
		s.stored, err = js.PublishMsgAsync(s.message,
			jetstream.WithMsgID(s.id),
			jetstream.WithExpectStream(EventsStream),
			jetstream.WithExpectLastSequence(sequence),
			jetstream.WithRetryAttempts(0))
		if err != nil {
			b.steps = b.steps[:i]
			return s.failed(err)
		}
		sequence++
	}
	return nil
}

// settle waits until every message is stored or refused, and moves end to the last fact before the
// first failure. A failure to launch comes after what was launched.
func (b *batch) settle(ctx context.Context, end *streamEnd, failure error) error {
	for i := range b.steps {
		if err := b.steps[i].settle(ctx, end); err != nil {
			return b.abandon(ctx, i+1, err)
		}
	}
	if failure == nil {
		failure = b.cut
	}
	return failure
}

// settle waits for one message and moves end behind its fact.
func (s *step) settle(ctx context.Context, end *streamEnd) error {
	if s.message != nil {
		ack, err := wait(ctx, s.stored)
		if err != nil {
			return s.failed(err)
		}
		if !ack.Duplicate { // a duplicate is in the stream already, and did not move its end
			end.sequence = ack.Sequence
		}
	}
	end.position = s.position
	return nil
}

func (s *step) failed(err error) error {
	return fmt.Errorf("publish fact %s at position %d: %w", s.id, s.position, err)
}

// abandon waits for what is still under way behind a failure, so that it cannot meet what is
// published next. The library ends each wait after publishWithin.
func (b *batch) abandon(ctx context.Context, from int, failure error) error {
	for _, s := range b.steps[from:] {
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
