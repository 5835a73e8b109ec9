package natsbus

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	accountsDurable = "writ-accounts"
	lanes           = 16 // changes of different accounts that are followed at a time
	laneLength      = 16
	followWithin    = 20 * time.Second
	ackWait         = 30 * time.Second
	confirmWithin   = time.Second
)

// AccountsOptions say how changes of accounts are followed.
type AccountsOptions struct {
	Streams StreamOptions
	Log     *slog.Logger
}

// Accounts gives what arrives on accounts.> to a Follower. A change is acknowledged when the
// Follower has it, so none is lost; the consumer's own place is only a hint, for it may go back
// when a broker is killed.
type Accounts struct {
	broker   *Broker
	follower Follower
	options  AccountsOptions
	waiting  waiting
}

// NewAccounts makes the consumer; Run runs it.
func NewAccounts(b *Broker, f Follower, o AccountsOptions) *Accounts {
	return &Accounts{broker: b, follower: f, options: o, waiting: waiting{log: o.Log}}
}

// Run consumes until ctx ends. Several processes may run at a time and share the work. A broker
// that is away makes it wait, never end.
func (a *Accounts) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.consume(ctx)
		if ctx.Err() == nil {
			a.waiting.pause(ctx, "account changes", err)
		}
	}
}

func (a *Accounts) consume(ctx context.Context) error {
	consumer, err := a.prepare(ctx)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(lanes * laneLength / 2))
	if err != nil {
		return fmt.Errorf("consume stream %s: %w", AccountsStream, err)
	}
	a.waiting.over()
	stop := context.AfterFunc(ctx, func() { a.release(messages) })
	defer stop()
	return a.distribute(ctx, messages)
}

// prepare sees to the streams and the durable consumer.
func (a *Accounts) prepare(ctx context.Context) (jetstream.Consumer, error) {
	if _, err := ensure(ctx, a.broker.accounts, a.options.Streams.rejected()); err != nil {
		return nil, err
	}
	stream, err := ensure(ctx, a.broker.accounts, a.options.Streams.accounts())
	if err != nil {
		return nil, err
	}
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: accountsDurable, FilterSubject: accountsSubjects,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait,
		MaxDeliver: -1, MaxAckPending: 4 * lanes * laneLength,
	})
	if err != nil {
		return nil, fmt.Errorf("ensure consumer %s: %w", accountsDurable, err)
	}
	return consumer, nil
}

// distribute deals messages out to lanes: each account always has the same one, so its changes
// are followed one at a time and in their order, while those of others go on.
func (a *Accounts) distribute(ctx context.Context, messages jetstream.MessagesContext) error {
	var (
		all   [lanes]chan jetstream.Msg
		ended sync.WaitGroup
	)
	for i := range all {
		all[i] = make(chan jetstream.Msg, laneLength)
		ended.Go(func() {
			for m := range all[i] {
				a.take(ctx, m)
			}
		})
	}
	defer ended.Wait()
	defer func() {
		for _, lane := range all {
			close(lane)
		}
	}()
	return a.readOut(messages, func(m jetstream.Msg) { all[laneOf(m.Subject(), m.Data())] <- m })
}

// readOut hands messages on until the first error, and then those that were fetched before it,
// which the broker would otherwise give to nobody for a while.
func (a *Accounts) readOut(messages jetstream.MessagesContext, to func(jetstream.Msg)) error {
	var first error
	for {
		m, err := messages.Next()
		switch {
		case err == nil:
			to(m)
		case errors.Is(err, jetstream.ErrMsgIteratorClosed):
			return fmt.Errorf("read stream %s: %w", AccountsStream, errors.Join(first, err))
		default:
			first = err
			a.release(messages)
		}
	}
}

// release ends the fetching. What a broker that is there has handed out is read out first; from one
// that is away nothing more can come, and waiting for it would only delay the stop.
func (a *Accounts) release(messages jetstream.MessagesContext) {
	if a.broker.accounts.conn.IsConnected() {
		messages.Drain()
	} else {
		messages.Stop()
	}
}

// laneOf goes by the account where there is one; all others share a lane.
func laneOf(subject string, body []byte) uint32 {
	change, _ := readChange(subject, body, time.Time{})
	h := fnv.New32a()
	_, _ = h.Write([]byte(change.Account))
	return h.Sum32() % lanes
}

// take deals with one message to its end: followed, rejected, or given back for later.
func (a *Accounts) take(ctx context.Context, m jetstream.Msg) {
	if ctx.Err() != nil {
		_ = m.Nak() // so that it comes again at once, to whoever runs then
		return
	}
	ctx, cancel := context.WithTimeout(ctx, followWithin)
	defer cancel()
	err := a.follow(ctx, m)
	var refusal Rejected
	if errors.As(err, &refusal) {
		err = a.reject(ctx, m, refusal.Rejected())
	} else if err == nil {
		err = confirm(ctx, m)
	}
	if err != nil {
		a.giveBack(m, err)
	}
}

func (a *Accounts) follow(ctx context.Context, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("read the metadata of an account message: %w", err)
	}
	told := received{m.Subject(), m.Data(), meta.Timestamp, meta.Sequence.Stream}
	return told.guarded(a.options.Log, func(change AccountChange) error { return a.follower.Follow(ctx, change) })
}

// received is a message as the stream keeps it.
type received struct {
	subject  string
	body     []byte
	at       time.Time
	sequence uint64
}

// guarded reads a message and gives it to do. A decision that panics rejects the message: neither
// the other accounts nor this process may end with it, and it would panic again.
func (m received) guarded(log *slog.Logger, do func(AccountChange) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			log.Error("an account message made its follower panic", "subject", m.subject, "sequence", m.sequence, "stack", string(debug.Stack()))
			err = malformed("following the message fails in a way that trying again does not cure")
		}
	}()
	change, err := readChange(m.subject, m.body, m.at)
	if err != nil {
		return err
	}
	if err := do(change); err != nil {
		return fmt.Errorf("follow message %s: %w", change.MessageID, err)
	}
	return nil
}

// confirm tells the broker that a message is dealt with. Nothing depends on its answer, which a
// broker that was killed meanwhile never gives: the message would come again, and change nothing.
func confirm(ctx context.Context, m jetstream.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, confirmWithin)
	defer cancel()
	return m.DoubleAck(ctx)
}

// giveBack asks for the message again, later each time.
func (a *Accounts) giveBack(m jetstream.Msg, cause error) {
	delay := 100 * time.Millisecond
	if meta, err := m.Metadata(); err == nil {
		delay <<= min(meta.NumDelivered-1, 6)
	}
	a.options.Log.Warn("an account message is tried again later", "subject", m.Subject(), "in", delay, "err", cause)
	if err := m.NakWithDelay(delay); err != nil {
		a.options.Log.Debug("the message comes again by itself", "err", err)
	}
}
