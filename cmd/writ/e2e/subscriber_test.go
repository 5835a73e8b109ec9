package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus/natstest"
)

const (
	patience      = 20 * time.Second // with what another process does
	reconnectWait = 50 * time.Millisecond
)

// message is what a subscriber reads.
type message struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Source      string         `json:"source"`
	Subject     string         `json:"subject"`
	Sequence    string         `json:"sequence"`
	CausationID string         `json:"causationid"`
	Data        map[string]any `json:"data"`
}

// dial connects to the broker with a file of credentials from the data directory, or to an
// external broker, which has none.
func (w *world) dial(credentials string) *nats.Conn {
	w.t.Helper()
	options := []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait)}
	if credentials != "" {
		options = append(options, nats.UserCredentials(filepath.Join(w.Dir, credentials)))
	}
	connection, err := nats.Connect(w.NATS, options...)
	if err != nil {
		w.t.Fatalf("connect to %s: %v", w.NATS, err)
	}
	w.t.Cleanup(connection.Close)
	return connection
}

// subscriber reads what is published, from the first message on.
type subscriber struct {
	t        *testing.T
	messages jetstream.MessagesContext
}

// subscribe waits for the stream, which a server makes in its own time.
func (w *world) subscribe(connection *nats.Conn) *subscriber {
	w.t.Helper()
	js, err := jetstream.New(connection)
	if err != nil {
		w.t.Fatal(err)
	}
	var consumer jetstream.Consumer
	w.Until("stream WRIT can be read", func() bool {
		consumer, err = js.OrderedConsumer(w.t.Context(), "WRIT", jetstream.OrderedConsumerConfig{})
		return err == nil
	})
	messages, err := consumer.Messages()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(messages.Stop)
	return &subscriber{w.t, messages}
}

// next reads on to the next message of a type.
func (s *subscriber) next(kind string) message {
	s.t.Helper()
	for {
		raw, err := s.messages.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			s.t.Fatalf("no message of type %s came: %v", kind, err)
		}
		if m := messageIn(s.t, raw); m.Type == kind {
			return m
		}
	}
}

// messageIn reads a message, which must be as subscribers were promised.
func messageIn(t *testing.T, raw jetstream.Msg) message {
	t.Helper()
	var m message
	if err := errors.Join(natstest.Check(raw), json.Unmarshal(raw.Data(), &m)); err != nil {
		t.Fatalf("a message is not as subscribers were promised: %v", err)
	}
	return m
}

// until reads on to the word that a change governs which another service told of.
func (s *subscriber) until(kind, told string) message {
	s.t.Helper()
	for {
		if m := s.next(kind); m.CausationID == told {
			return m
		}
	}
}

// keepsItsPromises holds every message in the stream against its schema when a test ends, unless the
// test has ended the broker.
func (w *world) keepsItsPromises() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), patience)
	defer cancel()
	connection, err := nats.Connect(w.NATS, w.asSubscriber()...)
	if err != nil || w.NATS == "" || w.forged {
		w.t.Logf("the stream cannot be read any more, or was written to: %v", err)
		return
	}
	defer connection.Close()
	for m := range w.everything(ctx, connection) {
		if err := natstest.Check(m); err != nil {
			w.t.Errorf("a message is not as subscribers were promised: %v", err)
		}
	}
}

// asSubscriber are the credentials that an embedded broker wants, if there is one.
func (w *world) asSubscriber() []nats.Option {
	file := filepath.Join(w.Dir, "nats-subscriber.creds")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	return []nats.Option{nats.UserCredentials(file)}
}

// everything gives what is in the stream now.
func (w *world) everything(ctx context.Context, connection *nats.Conn) iter.Seq[jetstream.Msg] {
	return func(yield func(jetstream.Msg) bool) {
		js, err := jetstream.New(connection)
		if err != nil {
			w.t.Error(err)
			return
		}
		consumer, err := js.OrderedConsumer(ctx, "WRIT", jetstream.OrderedConsumerConfig{})
		if err != nil {
			w.t.Logf("there is no stream: %v", err)
			return
		}
		for pending := consumer.CachedInfo().NumPending; pending > 0; {
			m, err := consumer.Next(jetstream.FetchMaxWait(patience))
			if err != nil {
				w.t.Errorf("with %d messages to come: %v", pending, err)
				return
			}
			if meta, err := m.Metadata(); err == nil {
				pending = meta.NumPending
			}
			if !yield(m) {
				return
			}
		}
	}
}
