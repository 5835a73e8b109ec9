package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
)

// fact is a line of the log.
type fact struct {
	Position int64           `json:"position"`
	ID       string          `json:"id"`
	Stream   string          `json:"stream"`
	Name     string          `json:"name"`
	At       time.Time       `json:"at"`
	Cause    string          `json:"cause"`
	Data     json.RawMessage `json:"data"`
}

// isPublic reports whether subscribers are told of the fact.
func (f fact) isPublic() bool {
	kind, _, _ := strings.Cut(f.Stream, "/")
	_, public := natsbus.PublicForms()[kind+"."+f.Name]
	return public
}

// history is the log as it is now, read past any server.
func (s *site) history(t *testing.T) []fact {
	t.Helper()
	out, err := s.of(0).CLI("events", "tail", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var all []fact
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var f fact
		if err := decoder.Decode(&f); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// byStream sorts the log into the streams of its aggregates.
func byStream(log []fact) map[string][]fact {
	streams := map[string][]fact{}
	for _, f := range log {
		streams[f.Stream] = append(streams[f.Stream], f)
	}
	return streams
}

// names says what happened, in order.
func names(facts []fact) []string {
	all := make([]string, len(facts))
	for i, f := range facts {
		all[i] = f.Name
	}
	return all
}

// message is what subscribers read.
type message struct {
	ID          string          `json:"id"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Sequence    string          `json:"sequence"`
	Time        time.Time       `json:"time"`
	CausationID string          `json:"causationid"`
	Data        json.RawMessage `json:"data"`
	Arrived     time.Time       `json:"-"`
}

// relayWithin is how long a subscriber waits for what is committed, a broker's start included.
const relayWithin = 20 * time.Second

// connect connects as a subscriber does.
func (s *site) connect(t *testing.T) *nats.Conn {
	t.Helper()
	return s.connectAs(t, natsbus.SubscriberCredentials)
}

// connectAs connects to the embedded broker with credentials that it made, or to the other one,
// which asks for none.
func (s *site) connectAs(t *testing.T, credentials string) *nats.Conn {
	t.Helper()
	at, options := s.broker, []nats.Option{}
	if at == "" {
		at = s.of(0).NATS
		options = append(options, nats.UserCredentials(filepath.Join(s.of(0).Dir, credentials)))
	}
	connection, err := nats.Connect(at, options...)
	if err != nil {
		t.Fatalf("connect to %s with %s: %v", at, credentials, err)
	}
	t.Cleanup(connection.Close)
	return connection
}

// published reads the stream from its beginning to the message with an id, and whatever follows.
func (s *site) published(t *testing.T, until string) []message {
	t.Helper()
	connection := s.connect(t)
	defer connection.Close()
	ctx, cancel := context.WithTimeout(t.Context(), relayWithin)
	defer cancel()
	var all []message
	err := read(ctx, connection, func(m message, pending uint64) bool {
		all = append(all, m)
		return pending > 0 || !slices.ContainsFunc(all, func(m message) bool { return m.ID == until })
	})
	if err != nil {
		t.Fatalf("wait for message %s: %v; %d messages came", until, err, len(all))
	}
	return all
}

// read gives each message to take, with how many wait behind it, until take says that it is enough.
func read(ctx context.Context, connection *nats.Conn, take func(m message, pending uint64) (more bool)) error {
	js, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	consumer, err := eventually(ctx, func(ctx context.Context) (jetstream.Consumer, error) {
		return js.OrderedConsumer(ctx, natsbus.EventsStream, jetstream.OrderedConsumerConfig{})
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", natsbus.EventsStream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		raw, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		m := message{Arrived: time.Now()}
		meta, failed := raw.Metadata()
		if err := errors.Join(failed, natstest.Check(raw), json.Unmarshal(raw.Data(), &m)); err != nil {
			return err
		}
		if !take(m, meta.NumPending) {
			return nil
		}
	}
}

// tryFor is how long one attempt may take. A broker drops what it is asked while its cluster has no
// leader: an attempt that were given all the time there is would be the only one.
const tryFor = time.Second

// eventually tries until it works: the stream is made by whichever server begins to relay.
func eventually[T any](ctx context.Context, try func(context.Context) (T, error)) (T, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := once(ctx, try)
		if err == nil {
			return found, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return found, errors.Join(ctx.Err(), err)
		}
	}
}

func once[T any](ctx context.Context, try func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	return try(ctx)
}

// awaitRelayed returns when everything public that is committed can be read by subscribers, and
// gives the log with it.
func (s *site) awaitRelayed(t *testing.T) ([]fact, []message) {
	t.Helper()
	last, log := "", s.history(t)
	for _, f := range log {
		if f.isPublic() {
			last = f.ID
		}
	}
	return log, s.published(t, last)
}

// delivered fails the test unless the stream holds exactly the public facts of the log: each once,
// by its id, in the order of the log.
func (s *site) delivered(t *testing.T) {
	t.Helper()
	_, all := s.held(t)
	t.Logf("%d public facts, each published once and in order", len(all))
}

// held holds the stream against the log, and gives both. When the log has gone on meanwhile it looks
// again.
func (s *site) held(t *testing.T) ([]fact, []message) {
	t.Helper()
	for log, all := s.awaitRelayed(t); ; {
		var want []string
		for _, f := range log {
			if f.isPublic() {
				want = append(want, fmt.Sprintf("%020d %s", f.Position, f.ID))
			}
		}
		diff := cmp.Diff(want, idsOf(all))
		if diff == "" {
			return log, all
		}
		later, more := s.awaitRelayed(t)
		if len(later) == len(log) {
			t.Errorf("public facts of the log (-) and messages of the stream (+):\n%s", diff)
			return log, all
		}
		log, all = later, more
	}
}

func idsOf(messages []message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = m.Sequence + " " + m.ID
	}
	return all
}
