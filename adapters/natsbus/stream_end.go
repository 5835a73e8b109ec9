package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"

	"writ/domain/event"
)

// errForeign says that the stream does not hold this log. Publishing into it would put two
// histories into one.
var errForeign = errors.New("stream " + EventsStream + " holds the events of another log: " +
	"give Writ back the store that it belongs to, or purge the stream")

// streamEnd is where the stream ends: in its own count, and in positions of the log.
type streamEnd struct {
	sequence uint64
	position event.Position
}

// findEnd asks the stream. Only when it holds no message any more does the checkpoint count.
func (r *Relay) findEnd(ctx context.Context) (streamEnd, error) {
	s, err := ensure(ctx, r.broker.events, r.options.Streams.events())
	if err != nil {
		return streamEnd{}, err
	}
	state, err := s.Info(ctx)
	if err != nil {
		return streamEnd{}, fmt.Errorf("ask for the end of stream %s: %w", EventsStream, err)
	}
	end := streamEnd{sequence: state.State.LastSeq}
	if state.State.Msgs == 0 {
		end.position, err = r.ports.Checkpoints.Checkpoint(ctx, relayName)
	} else {
		end.position, err = r.lastPosition(ctx, s, end.sequence)
	}
	if err != nil {
		return streamEnd{}, err
	}
	return end, r.checkHead(ctx, end.position)
}

// lastPosition reads the position of the stream's last message and makes sure that it is the
// message of the fact that this log has there.
func (r *Relay) lastPosition(ctx context.Context, s jetstream.Stream, sequence uint64) (event.Position, error) {
	last, err := s.GetLastMsgForSubject(ctx, eventsSubjects)
	if err != nil {
		return 0, fmt.Errorf("read the last message of stream %s: %w", EventsStream, err)
	}
	if last.Sequence != sequence {
		// A copy that lags answered, or the last message was deleted by hand.
		return 0, fmt.Errorf("stream %s ends at %d but its last message is %d", EventsStream, sequence, last.Sequence)
	}
	var m struct{ ID, Sequence string }
	err = json.Unmarshal(last.Data, &m)
	position, errNumber := strconv.ParseInt(m.Sequence, 10, 64)
	if err != nil || errNumber != nil || position < 1 {
		return 0, fmt.Errorf("message %d of stream %s: %w", sequence, EventsStream, errForeign)
	}
	return event.Position(position), r.compare(ctx, m.ID, event.Position(position))
}

func (r *Relay) compare(ctx context.Context, id string, at event.Position) error {
	facts, err := r.ports.Feed.Read(ctx, at-1, 1)
	if err != nil {
		return fmt.Errorf("read the log at %d: %w", at, err)
	}
	if len(facts) == 0 || facts[0].ID != id {
		return fmt.Errorf("position %d: %w", at, errForeign)
	}
	return nil
}

// checkHead refuses a place behind the end of the log: new facts would be taken for published.
func (r *Relay) checkHead(ctx context.Context, at event.Position) error {
	head, err := r.ports.Feed.Head(ctx)
	if err != nil {
		return fmt.Errorf("ask for the head of the log: %w", err)
	}
	if at > head {
		return fmt.Errorf("position %d lies behind the head %d: %w", at, head, errForeign)
	}
	return nil
}
