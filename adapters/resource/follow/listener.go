package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	heartbeat = time.Second   // of the broker, when there is nothing to say
	silence   = 3 * heartbeat // after which it is asked again
	lookEvery = heartbeat / 4 // whether the connection is still the one that it was
	askWithin = 2 * time.Second
	pauseMost = 500 * time.Millisecond
	abandoned = 30 * time.Second // after which the broker forgets a listener that is gone
)

// listener reads the stream in order, for one goroutine. Each session has a consumer of its own, which
// sends without waiting for acknowledgements; what is lost on the way shows as a gap in the
// consumer's sequence, and then the next session goes on after the last message of this one.
type listener struct {
	view    *View
	options Options
	conn    *nats.Conn
	js      jetstream.JetStream

	last    uint64    // sequence in the stream of the last message that was heard; 0: none
	created time.Time // of the stream that it was in
	said    string    // about what is wrong
}

func (l *listener) listen(ctx context.Context) {
	pause := reconnectEvery / 4
	for ctx.Err() == nil {
		began := l.options.Clock()
		err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		l.say(err)
		if l.options.Clock().Sub(began) > silence {
			pause = reconnectEvery / 4
		}
		wait(ctx, pause)
		pause = min(2*pause, pauseMost)
	}
}

// say logs why nothing is heard, once.
func (l *listener) say(err error) {
	if why := err.Error(); why != l.said {
		l.said = why
		l.options.Log.Warn("revocations are not heard", slog.Any("err", err))
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// session listens until something breaks.
func (l *listener) session(ctx context.Context) error {
	if !l.conn.IsConnected() {
		return errors.New("the broker is away")
	}
	asked, connection := l.options.Clock(), l.conn.Stats().Reconnects
	if err := l.orient(ctx); err != nil {
		return err
	}
	inbox := l.conn.NewInbox()
	sub, err := l.conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = sub.Unsubscribe() })
	defer func() { stop(); _ = sub.Unsubscribe() }() // may be done already
	name, pending, err := l.consume(ctx, inbox)
	if err != nil {
		return err
	}
	defer l.leave(ctx, name)
	if pending == 0 {
		l.upToDate(asked)
	}
	return l.read(sub, connection)
}

// orient looks whether the stream is the one that was read before, and whether everything that
// matters is still in it.
func (l *listener) orient(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	stream, err := l.js.Stream(ctx, l.options.Stream)
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", l.options.Stream, err)
	}
	found := stream.CachedInfo()
	if another := !found.Created.Equal(l.created); another || found.State.LastSeq < l.last {
		if another && !l.created.IsZero() { // what was in the other one and not heard is gone
			l.view.missed(l.options.Clock().Add(l.options.Longest + slack))
		}
		l.last, l.created = 0, found.Created
	}
	dropped := found.State.FirstSeq > l.last+1
	if horizon := l.horizon(); dropped && found.State.FirstTime.After(horizon) {
		l.view.missed(found.State.FirstTime.Add(l.options.Longest + slack))
		l.options.Log.Warn("the stream does not reach back far enough", slog.Time("first", found.State.FirstTime), slog.Time("want", horizon))
	}
	return nil
}

// horizon is the time before which nothing matters any more.
func (l *listener) horizon() time.Time {
	return l.options.Clock().Add(-l.options.Longest - slack)
}

// consume makes the session's consumer, and says how much there is to hear.
func (l *listener) consume(ctx context.Context, inbox string) (name string, pending uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	config := jetstream.ConsumerConfig{
		DeliverSubject: inbox, FilterSubjects: subjects(), AckPolicy: jetstream.AckNonePolicy, MaxDeliver: 1,
		FlowControl: true, IdleHeartbeat: heartbeat, InactiveThreshold: abandoned, MemoryStorage: true, Replicas: 1,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.last + 1,
	}
	if l.last == 0 {
		from := l.horizon()
		config.DeliverPolicy, config.OptStartSeq, config.OptStartTime = jetstream.DeliverByStartTimePolicy, 0, &from
	}
	consumer, err := l.js.CreatePushConsumer(ctx, l.options.Stream, config)
	if err != nil {
		return "", 0, fmt.Errorf("listen to stream %s: %w", l.options.Stream, err)
	}
	made := consumer.CachedInfo()
	return made.Name, made.NumPending, nil
}

// leave lets the broker forget the session's consumer. If it cannot be told, it forgets by itself.
func (l *listener) leave(ctx context.Context, name string) {
	if !l.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeat)
	defer cancel()
	_ = l.js.DeleteConsumer(ctx, l.options.Stream, name)
}

func (l *listener) upToDate(at time.Time) {
	l.view.heard(at)
	if l.said != "" {
		l.said = ""
		l.options.Log.Info("revocations are heard again")
	}
}

// read hears messages until one is missing or nothing comes.
func (l *listener) read(sub *nats.Subscription, connection uint64) error {
	heard := uint64(0) // the consumer's sequence
	for {
		m, err := l.next(sub, connection)
		if err != nil {
			return err
		}
		if err := l.take(m, &heard); err != nil {
			return err
		}
	}
}

// take takes in whatever came, after so many messages.
func (l *listener) take(m *nats.Msg, heard *uint64) error {
	if m.Header.Get("Status") != "" && len(m.Data) == 0 {
		return l.control(m, *heard)
	}
	*heard++
	return l.hear(m, *heard)
}

// next waits for a message. It gives up when the broker is silent, or when the connection was lost,
// even if there is another one by now: the consumer may not have outlived it.
func (l *listener) next(sub *nats.Subscription, connection uint64) (*nats.Msg, error) {
	for range silence / lookEvery {
		m, err := sub.NextMsg(lookEvery)
		switch {
		case err == nil:
			return m, nil
		case !errors.Is(err, nats.ErrTimeout):
			return nil, fmt.Errorf("hear the next message: %w", err)
		case !l.conn.IsConnected() || l.conn.Stats().Reconnects != connection:
			return nil, errors.New("the connection to the broker was lost")
		}
	}
	return nil, fmt.Errorf("the broker is silent for %s", silence)
}

// hear takes in a message, the n-th of the session.
func (l *listener) hear(m *nats.Msg, n uint64) error {
	about, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("read where a message comes from: %w", err)
	}
	if about.Sequence.Consumer != n {
		return fmt.Errorf("message %d of the session came as number %d", about.Sequence.Consumer, n)
	}
	if err := l.view.learn(m.Subject, m.Data); err != nil {
		l.options.Log.Error("a message cannot be understood", slog.Any("err", err), slog.Uint64("sequence", about.Sequence.Stream))
		l.view.missed(l.options.Clock().Add(l.options.Longest + slack))
	}
	l.last = about.Sequence.Stream
	switch now := l.options.Clock(); {
	case about.NumPending == 0:
		l.upToDate(now)
	case about.Timestamp.Before(now): // there is more, but everything until then was heard
		l.caughtUpTo(about.Timestamp)
	}
	return nil
}

// caughtUpTo notes progress of a view that was up to date before.
func (l *listener) caughtUpTo(at time.Time) {
	select {
	case <-l.view.ready:
		l.view.heard(at)
	default:
	}
}

// control answers what the broker says about the flow itself: that it waits for an answer before it
// goes on, or that there is nothing to say.
func (l *listener) control(m *nats.Msg, heard uint64) error {
	if m.Header.Get("Status") != "100" {
		return fmt.Errorf("the broker ends the session: %s %s", m.Header.Get("Status"), m.Header.Get("Description"))
	}
	if m.Reply != "" {
		return l.conn.Publish(m.Reply, nil)
	}
	if stalled := m.Header.Get("Nats-Consumer-Stalled"); stalled != "" {
		return l.conn.Publish(stalled, nil)
	}
	sent, err := strconv.ParseUint(m.Header.Get("Nats-Last-Consumer"), 10, 64)
	if err != nil || sent != heard {
		return fmt.Errorf("the broker sent %q messages, and %d came", m.Header.Get("Nats-Last-Consumer"), heard)
	}
	l.upToDate(l.options.Clock())
	return nil
}
