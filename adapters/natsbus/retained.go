package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/domain/event"
)

// quietFor is how long a stream that should have more to say may say nothing.
const quietFor = 10 * time.Second

// retainedStream is what the stream of events holds, as a subscriber reads it.
type retainedStream struct {
	conn        *nats.Conn
	stream      jetstream.Stream
	first, last uint64 // messages; there are none when first is after last
}

// retained is one message of it.
type retained struct {
	sequence uint64
	subject  string
	header   nats.Header
	body     []byte
}

func openRetained(ctx context.Context, url, credentials string) (*retainedStream, error) {
	options := []nats.Option{nats.Name("writ verify")}
	if credentials != "" {
		options = append(options, nats.UserCredentials(credentials))
	}
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	s := &retainedStream{conn: conn}
	if err := s.open(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("read stream %s: %w", EventsStream, err)
	}
	return s, nil
}

func (s *retainedStream) open(ctx context.Context) error {
	js, err := jetstream.New(s.conn)
	if err != nil {
		return err
	}
	s.stream, err = js.Stream(ctx, EventsStream)
	if err == nil {
		state := s.stream.CachedInfo().State
		s.first, s.last = state.FirstSeq, state.LastSeq
		if state.Msgs == 0 {
			s.first = s.last + 1
		}
	}
	return err
}

func (s *retainedStream) close() { s.conn.Close() }

// each reads the messages from the first to the last that there was when the stream was opened.
func (s *retainedStream) each(ctx context.Context, do func(retained) error) error {
	if s.first > s.last {
		return nil
	}
	consumer, err := s.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", EventsStream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("read stream %s: %w", EventsStream, err)
	}
	defer messages.Stop()
	for more := true; more && err == nil; {
		more, err = s.next(ctx, messages, do)
	}
	return err
}

func (s *retainedStream) next(ctx context.Context, from jetstream.MessagesContext, do func(retained) error) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, quietFor)
	defer cancel()
	m, err := from.Next(jetstream.NextContext(ctx))
	if err != nil {
		return false, fmt.Errorf("read the next message of stream %s: %w", EventsStream, err)
	}
	told, err := m.Metadata()
	if err != nil {
		return false, fmt.Errorf("read stream %s: %w", EventsStream, err)
	}
	if told.Sequence.Stream > s.last {
		return false, nil
	}
	err = do(retained{told.Sequence.Stream, m.Subject(), m.Headers(), m.Data()})
	return told.Sequence.Stream < s.last && told.NumPending > 0, err
}

// named reads which fact a message says it is of. It reports false when it has no envelope of Writ's.
func (m retained) named() (id string, at event.Position, is bool) {
	var said struct{ ID, Sequence string }
	if json.Unmarshal(m.body, &said) != nil || said.ID == "" {
		return "", 0, false
	}
	position, err := strconv.ParseInt(said.Sequence, 10, 64)
	return said.ID, event.Position(position), err == nil && position >= 1
}
