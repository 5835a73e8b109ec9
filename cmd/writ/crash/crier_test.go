package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
)

// crier is who owns the accounts: it announces changes, and reads along until Writ's own event
// names one as its cause.
type crier struct {
	gone      <-chan struct{} // the server that is to follow
	out, in   *nats.Conn
	seen      chan message
	listening jetstream.ConsumeContext
}

// repeatEvery is how long a change may remain unacknowledged before it is announced again.
const repeatEvery = 2 * time.Second

// cries counts announcements, so that each has an id and a sequence of its own.
var cries atomic.Int64

func newCrier(t *testing.T, s *site, gone <-chan struct{}) *crier {
	t.Helper()
	c := &crier{
		gone: gone, out: s.connectAs(t, natsbus.AccountsCredentials), in: s.connect(t), seen: make(chan message, 1<<12),
	}
	js, err := jetstream.New(c.in)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), natsbus.EventsStream)
	if err != nil {
		t.Fatalf("find stream %s: %v", natsbus.EventsStream, err)
	}
	// From a place, not from now on: when the broker is back, nobody remembers when now was.
	consumer, err := js.OrderedConsumer(t.Context(), natsbus.EventsStream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: stream.CachedInfo().State.LastSeq + 1,
	})
	if err == nil {
		c.listening, err = consumer.Consume(c.hear)
	}
	if err != nil {
		t.Fatalf("read stream %s: %v", natsbus.EventsStream, err)
	}
	return c
}

func (c *crier) hear(raw jetstream.Msg) {
	var m message
	if json.Unmarshal(raw.Data(), &m) == nil && m.CausationID != "" {
		c.seen <- m
	}
}

// cry announces a change and returns when it is acknowledged.
func (c *crier) cry(ctx context.Context, account, kind string, value any) error {
	n := cries.Add(1)
	id := fmt.Sprintf("cry-%d", n)
	text, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "type": "accounts." + kind, "source": "https://accounts.example.org",
		"subject": account, "sequence": fmt.Sprint(n), "data": value,
	})
	if err != nil {
		return err
	}
	return c.repeat(ctx, "accounts."+kind, text, id)
}

// repeat publishes until the message is acknowledged: the broker may have died with it.
func (c *crier) repeat(ctx context.Context, subject string, text []byte, id string) error {
	tooLong, again := time.NewTimer(relayWithin), time.NewTicker(repeatEvery)
	defer tooLong.Stop()
	defer again.Stop()
	for {
		if err := c.out.Publish(subject, text); err != nil {
			return errors.Join(errGone, err)
		}
		if acknowledged, err := c.await(ctx, id, again.C, tooLong.C); acknowledged || err != nil {
			return err
		}
	}
}

// await waits for the event that acknowledges a message, until it is time to say it again.
func (c *crier) await(ctx context.Context, id string, again, tooLong <-chan time.Time) (bool, error) {
	for {
		select {
		case m := <-c.seen:
			if m.CausationID == id {
				return true, nil
			}
		case <-again:
			return false, nil
		case <-c.gone:
			return false, errGone
		case <-tooLong:
			return false, fmt.Errorf("%s is not acknowledged within %s", id, relayWithin)
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (c *crier) close() {
	c.listening.Stop()
	c.in.Close()
	c.out.Close()
}
