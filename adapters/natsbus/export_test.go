package natsbus

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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

// Listens reports whether the consumer of account changes is there.
func Listens(ctx context.Context, b *Broker) bool {
	_, err := b.accounts.js.Consumer(ctx, AccountsStream, accountsDurable)
	return err == nil
}

// Rejections waits for n rejected messages.
func Rejections(t *testing.T, e *Embedded, n int) []jetstream.Msg {
	t.Helper()
	b, err := e.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c, err := b.accounts.js.OrderedConsumer(t.Context(), RejectedStream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var all []jetstream.Msg
	for range n {
		m, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
		if err != nil {
			t.Fatalf("after %d of %d rejections: %v", len(all), n, err)
		}
		all = append(all, m)
	}
	return all
}

// NewEnough reports whether a broker's version will do.
func NewEnough(version string) bool { return newEnough(version) }

// Store puts messages into the stream of events as they are, and makes it when it is not there.
func Store(ctx context.Context, b *Broker, all ...*nats.Msg) error {
	if _, err := ensure(ctx, b.events, StreamOptions{}.events()); err != nil {
		return err
	}
	for _, m := range all {
		if _, err := b.events.js.PublishMsg(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// ReadChange is readChange.
var ReadChange = readChange

// RelayBatch is how many facts a relay reads at once.
const RelayBatch = relayBatch

// OwnCredentials is a file of credentials of somebody who may do everything with events, as Writ may.
func OwnCredentials(t *testing.T, e *Embedded) string {
	t.Helper()
	token, seed, err := e.keys.ownUser(eventsAccount)
	if err != nil {
		t.Fatal(err)
	}
	content, err := jwt.FormatUserConfig(token, []byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "own.creds")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
