package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
)

// served is a broker with some events, and everything that runs in front of it.
type served struct {
	broker *natsbus.Embedded
	dir    string
	log    *log
	follow *follower
}

func serve(t *testing.T) served {
	t.Helper()
	e, b, dir := embedded(t)
	s := served{broker: e, dir: dir, log: newLog(), follow: newFollower()}
	s.log.fill(9)
	relay := newRelay(b, s.log, everybodyLeads{})
	run(t, relay)
	run(t, natsbus.NewAccounts(b, s.follow, natsbus.AccountsOptions{Log: quiet()}))
	caughtUp(t, relay, s.log)
	eventually(t, "the consumer listens", func() bool { return natsbus.Listens(t.Context(), b) })
	return s
}

// impatient bounds a request that nobody will answer.
func impatient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestSubscriberReadsInEveryUsualWay(t *testing.T) {
	s := serve(t)
	nc, js := subscriber(t, s.broker, s.dir)
	durable, err := js.CreateOrUpdateConsumer(t.Context(), natsbus.EventsStream, jetstream.ConsumerConfig{
		Durable: "billing", FilterSubject: natsbus.Subject("signing-key-forgotten", "", ""), AckPolicy: jetstream.AckExplicitPolicy,
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := durable.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Error(err)
	}
	t.Run("ordered", func(t *testing.T) {
		if got := len(published(t, s.broker, s.dir)); got != 6 {
			t.Errorf("read %d messages", got)
		}
	})
	t.Run("with the older client and a push consumer", func(t *testing.T) {
		old, err := nc.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		sub, err := old.SubscribeSync("writ.events.>", nats.OrderedConsumer())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sub.NextMsg(10 * time.Second); err != nil {
			t.Error(err)
		}
	})
	t.Run("without JetStream", func(t *testing.T) {
		sub, err := nc.SubscribeSync("writ.events.>")
		if err != nil || nc.Flush() != nil {
			t.Fatal(err)
		}
		s.log.fill(1)
		if _, err := sub.NextMsg(10 * time.Second); err != nil {
			t.Error(err)
		}
	})
}

func TestSubscriberChangesNothing(t *testing.T) {
	s := serve(t)
	nc, js := subscriber(t, s.broker, s.dir)
	refuses(t, subscribersAttempts(nc, js))
	if got := len(published(t, s.broker, s.dir)); got != 6 {
		t.Errorf("the stream holds %d messages", got)
	}
}

// deliverAstray makes consumers that deliver where a subscriber may not publish, with what messages say
// and without: some requests to the broker have nothing to say.
func deliverAstray(t *testing.T, nc *nats.Conn) {
	t.Helper()
	old, err := nc.JetStream(nats.MaxWait(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for i, subject := range []string{
		"accounts.suspended", "writ.events.x.y.z", "writ.rejected",
		"$JS.API.STREAM.PURGE." + natsbus.EventsStream, "$JS.API.STREAM.DELETE." + natsbus.EventsStream,
		"$JS.API.STREAM.LEADER.STEPDOWN." + natsbus.EventsStream, "$SYS.REQ.SERVER.PING",
	} {
		for _, bare := range []bool{false, true} {
			_, err = old.AddConsumer(natsbus.EventsStream, &nats.ConsumerConfig{
				Durable: fmt.Sprintf("stray%d%t", i, bare), DeliverSubject: subject, AckPolicy: nats.AckNonePolicy, HeadersOnly: bare,
			})
			t.Logf("to %s, bare: %t: the broker says: %v", subject, bare, err)
		}
	}
}

type attempts map[string]func(context.Context) error

// refuses fails the test when anything is allowed.
func refuses(t *testing.T, all attempts) {
	t.Helper()
	for what, attempt := range all {
		t.Run(what, func(t *testing.T) {
			if attempt(impatient(t)) == nil {
				t.Error("it was allowed")
			}
		})
	}
}

// subscribersAttempts are what somebody may not do who may read events.
func subscribersAttempts(nc *nats.Conn, js jetstream.JetStream) attempts {
	return attempts{
		"publish an event":   func(ctx context.Context) error { _, err := js.Publish(ctx, "writ.events.x.y.z", nil); return err },
		"publish an account": func(ctx context.Context) error { _, err := js.Publish(ctx, "accounts.suspended", nil); return err },
		"delete the stream":  func(ctx context.Context) error { return js.DeleteStream(ctx, natsbus.EventsStream) },
		"make a stream":      func(ctx context.Context) error { return makeStream(ctx, js, "OTHER", "other.>") },
		"change the stream":  func(ctx context.Context) error { return makeStream(ctx, js, natsbus.EventsStream, "writ.events.>") },
		"purge the stream":   func(ctx context.Context) error { return purge(ctx, js) },
		"ask for all streams": func(ctx context.Context) error {
			_, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.LIST", nil)
			return err
		},
		"read account changes": func(ctx context.Context) error { return consumeFrom(ctx, js, natsbus.AccountsStream) },
		"read rejections":      func(ctx context.Context) error { return consumeFrom(ctx, js, natsbus.RejectedStream) },
		"watch accounts":       func(context.Context) error { return watch(nc, "accounts.>") },
		"watch everything":     func(context.Context) error { return watch(nc, ">") },
		"watch inboxes":        func(context.Context) error { return watch(nc, "_WRIT_INBOX.>") },
		"watch the system":     func(context.Context) error { return watch(nc, "$SYS.>") },
		"delete a message": func(ctx context.Context) error {
			_, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.DELETE."+natsbus.EventsStream, []byte(`{"seq":1}`))
			return err
		},
		"move the stream": func(ctx context.Context) error {
			_, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+natsbus.EventsStream, nil)
			return err
		},
		"copy the stream away": func(ctx context.Context) error {
			_, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.SNAPSHOT."+natsbus.EventsStream, []byte(`{"deliver_subject":"_INBOX.x"}`))
			return err
		},
	}
}

// A consumer delivers wherever its owner says, with the broker's own rights. It must reach nothing
// by that.
func TestSubscriberCannotDeliverWhereItMayNotPublish(t *testing.T) {
	s := serve(t)
	nc, _ := subscriber(t, s.broker, s.dir)
	deliverAstray(t, nc)
	s.log.fill(3)
	eventually(t, "the next events are published", func() bool { return s.log.checkpointed() == 12 })
	publishChange(t, s, change("last", "account1", 9, natsbus.Suspended, "{}"))
	s.follow.wait(t, 1)
	if got := s.follow.ids(); len(got) != 1 {
		t.Errorf("followed %v", got)
	}
	if got := len(published(t, s.broker, s.dir)); got != 8 {
		t.Errorf("the stream holds %d messages", got)
	}
}

func TestAccountsPublisherReadsNothing(t *testing.T) {
	s := serve(t)
	nc, js := connect(t, s.broker, filepath.Join(s.dir, natsbus.AccountsCredentials))
	refuses(t, ownersAttempts(nc, js))
}

// ownersAttempts are what somebody may not do who may tell of accounts.
func ownersAttempts(nc *nats.Conn, js jetstream.JetStream) attempts {
	return attempts{
		"read account changes": func(ctx context.Context) error { return consumeFrom(ctx, js, natsbus.AccountsStream) },
		"read events":          func(ctx context.Context) error { return consumeFrom(ctx, js, natsbus.EventsStream) },
		"delete the stream":    func(ctx context.Context) error { return js.DeleteStream(ctx, natsbus.AccountsStream) },
		"publish an event":     func(ctx context.Context) error { _, err := js.Publish(ctx, "writ.events.x.y.z", nil); return err },
		"publish a rejection":  func(ctx context.Context) error { _, err := js.Publish(ctx, "writ.rejected", nil); return err },
		"watch accounts":       func(context.Context) error { return watch(nc, "accounts.>") },
		"watch events":         func(context.Context) error { return watch(nc, "writ.events.>") },
		"watch inboxes":        func(context.Context) error { return watch(nc, "_WRIT_INBOX.>") },
	}
}

func TestAccountsPublisherHearsThatAChangeIsKept(t *testing.T) {
	s := serve(t)
	publishChange(t, s, change("m1", "account1", 1, natsbus.Suspended, "{}"))
	s.follow.wait(t, 1)
}

func makeStream(ctx context.Context, js jetstream.JetStream, name, subject string) error {
	_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{subject}, MaxMsgs: 1})
	return err
}

func purge(ctx context.Context, js jetstream.JetStream) error {
	s, err := js.Stream(ctx, natsbus.EventsStream)
	if err == nil { // reading is allowed: a failure there must not pass for a refusal
		return s.Purge(ctx)
	}
	panic(err)
}

func consumeFrom(ctx context.Context, js jetstream.JetStream, stream string) error {
	_, err := js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{})
	return err
}

// watch subscribes and returns what the broker says to it.
func watch(nc *nats.Conn, subject string) error {
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := nc.Flush(); err != nil {
		return err
	}
	_, err = sub.NextMsg(200 * time.Millisecond)
	if errors.Is(err, nats.ErrPermissionViolation) {
		return err
	}
	return nil
}
