package follow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus/natstest"
	"writ/adapters/resource"
	"writ/adapters/resource/follow"
)

const (
	patience  = 20 * time.Second
	lookEvery = 2 * time.Millisecond
)

// broker is a NATS server with the issuer's stream.
type broker struct {
	*natstest.Server
	t  testing.TB
	js jetstream.JetStream
}

func newBroker(t testing.TB) *broker {
	t.Helper()
	b := &broker{Server: natstest.Start(t), t: t}
	conn, err := nats.Connect(b.URL, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	b.js, err = jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	b.stream(jetstream.StreamConfig{})
	return b
}

func (b *broker) stream(c jetstream.StreamConfig) {
	b.t.Helper()
	c.Name, c.Subjects = "WRIT", []string{"writ.events.>"}
	if _, err := b.js.CreateStream(b.t.Context(), c); err != nil {
		b.t.Fatal(err)
	}
}

// publish tells of something that happened now.
func (b *broker) publish(kind, subject string, data map[string]any) {
	b.t.Helper()
	at, body := message(kind, subject, time.Now(), data)
	b.until("a message is published", func() bool {
		_, err := b.js.Publish(b.t.Context(), at, body)
		return err == nil
	})
}

func (b *broker) until(what string, isTrue func() bool) {
	b.t.Helper()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for tooLong := time.After(patience); !isTrue(); {
		select {
		case <-tick.C:
		case <-tooLong:
			b.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// follow starts a view, which ends with the test.
func (b *broker) follow(o follow.Options) *follow.View {
	b.t.Helper()
	o.Issuer, o.URL, o.Log = issuerURL, b.URL, slog.New(slog.DiscardHandler)
	v, err := follow.Start(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { <-v.Done() }) // the test's context has ended then
	return v
}

func (b *broker) ready(v *follow.View) {
	b.t.Helper()
	select {
	case <-v.Ready():
	case <-time.After(patience):
		b.t.Fatal("the view was never up to date")
	}
}

// of is a token of a grant, issued now.
func of(grant string) resource.Claims {
	c := token(0)
	c.Grant, c.IssuedAt = grant, time.Now().Truncate(time.Second)
	c.Expires = c.IssuedAt.Add(15 * time.Minute)
	return c
}

func revoked(v *follow.View, grant string) bool {
	_, err := v.Check(of(grant))
	return errors.Is(err, resource.ErrRevoked)
}

func TestHistoryAndNewsAreHeard(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.publish("grant-revoked", "before", nil)
	b.publish("grant-opened", "before", nil)
	v := b.follow(follow.Options{})
	b.ready(v)
	if !revoked(v, "before") || revoked(v, "after") {
		t.Error("the view is ready and does not know what happened before")
	}
	b.publish("grant-revoked", "after", nil)
	b.until("news are heard", func() bool { return revoked(v, "after") })
	if v.Staleness() > 5*time.Second {
		t.Errorf("staleness is %s", v.Staleness())
	}
}

func TestSilenceIsHeard(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	v := b.follow(follow.Options{})
	b.ready(v)
	for range 3 { // heartbeats come, though nothing happens
		b.until("the view grows older", func() bool { return v.Staleness() > 300*time.Millisecond })
		b.until("the broker says that it is up to date", func() bool { return v.Staleness() < 200*time.Millisecond })
	}
}

func TestTheBrokerGoesAndComes(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	open := b.follow(follow.Options{MaxStale: time.Second})
	closed := b.follow(follow.Options{MaxStale: time.Second, WhenStale: follow.Refuse})
	b.ready(open)
	b.ready(closed)
	b.publish("grant-revoked", "before", nil)
	b.until("both heard", func() bool { return revoked(open, "before") && revoked(closed, "before") })
	b.Kill()
	b.until("the view that fails closed refuses", func() bool {
		_, err := closed.Check(of("g-1"))
		return errors.Is(err, follow.ErrStale)
	})
	b.until("the view that fails open says that it is stale", func() bool {
		c, err := open.Check(of("g-1"))
		return err == nil && c.Stale
	})
	if !revoked(open, "before") || !revoked(closed, "before") {
		t.Error("what was known is forgotten while the broker is away")
	}
	b.Restart()
	b.publish("grant-revoked", "after", nil)
	b.until("both hear again", func() bool { return revoked(open, "after") && revoked(closed, "after") })
	b.until("both are up to date", func() bool {
		c, err := open.Check(of("g-1"))
		_, other := closed.Check(of("g-1"))
		return err == nil && !c.Stale && other == nil
	})
}

func TestABrokerThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	b.Kill()
	v := b.follow(follow.Options{WhenStale: follow.Refuse})
	if _, err := v.Check(of("g-1")); !errors.Is(err, follow.ErrStale) || v.Staleness() != follow.Never {
		t.Errorf("staleness %s, %v", v.Staleness(), err)
	}
	b.Restart()
	b.ready(v)
	if _, err := v.Check(of("g-1")); err != nil {
		t.Error(err)
	}
}

func TestAStreamThatComesLaterOrAnew(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	remove := func() {
		if err := b.js.DeleteStream(t.Context(), "WRIT"); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	v := b.follow(follow.Options{})
	b.stream(jetstream.StreamConfig{})
	b.publish("grant-revoked", "one", nil)
	b.until("the stream is found", func() bool { return revoked(v, "one") })
	remove()
	b.stream(jetstream.StreamConfig{})
	b.publish("grant-revoked", "two", nil)
	b.until("the new stream is found", func() bool { return revoked(v, "two") })
	if !revoked(v, "one") || v.Staleness() != follow.Never {
		t.Errorf("what was lost with the old stream is not known, and staleness is %s", v.Staleness())
	}
}

func TestAStreamThatDoesNotReachBack(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	if err := b.js.DeleteStream(t.Context(), "WRIT"); err != nil {
		t.Fatal(err)
	}
	b.stream(jetstream.StreamConfig{MaxMsgs: 5})
	for i := range 10 {
		b.publish("grant-revoked", fmt.Sprint("g-", i), nil)
	}
	v := b.follow(follow.Options{WhenStale: follow.Refuse})
	b.ready(v)
	if _, err := v.Check(of("other")); !errors.Is(err, follow.ErrStale) || !revoked(v, "g-9") {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	const many = 20_000
	for i := range many {
		at, body := message("grant-revoked", fmt.Sprint("g-", i), time.Now(), nil)
		if _, err := b.js.PublishAsync(at, body); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-b.js.PublishAsyncComplete():
	case <-time.After(patience):
		t.Fatal("the messages were not published")
	}
	v := b.follow(follow.Options{})
	b.ready(v)
	if got := v.Size(); got != many {
		t.Errorf("%d revocations are kept, want %d", got, many)
	}
}

func TestAMessageThatIsPoisonIsPassedOverAndNotHidden(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	v := b.follow(follow.Options{WhenStale: follow.Refuse})
	b.ready(v)
	if _, err := b.js.Publish(t.Context(), "writ.events.grant-revoked._._", []byte("poison")); err != nil {
		t.Fatal(err)
	}
	b.publish("grant-revoked", "after", nil)
	b.until("the one after it is heard", func() bool { return revoked(v, "after") })
	if _, err := v.Check(of("other")); !errors.Is(err, follow.ErrStale) {
		t.Errorf("what may have been in it is not known: got %v", err)
	}
}

func TestAViewThatEndsLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	conn, err := nats.Connect(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, end := context.WithCancel(t.Context())
	v, err := follow.Start(ctx, follow.Options{Issuer: issuerURL, Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	b.ready(v)
	end()
	select {
	case <-v.Done():
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
	stream, err := b.js.Stream(t.Context(), "WRIT")
	if err != nil || stream.CachedInfo().State.Consumers != 0 || !conn.IsConnected() {
		t.Errorf("%d consumers are left, the connection is %s: %v", stream.CachedInfo().State.Consumers, conn.Status(), err)
	}
}
