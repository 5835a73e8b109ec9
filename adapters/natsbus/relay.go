package natsbus

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"writ/domain/event"
	"writ/ports"
)

const (
	relayName  = "relay" // of the leadership and of the checkpoint
	relayBatch = 512

	// What is committed within relayGather of a batch is read together. A fact that comes after a
	// pause waits for nothing.
	relayGather = 10 * time.Millisecond

	// The stream itself says where the relay stands. The note of it, for others who ask for the lag,
	// costs a commit and may be this old.
	relayNotes = 250 * time.Millisecond
)

var errNoLead = errors.New("the leadership ended")

// RelayPorts are the roles that a relay stands on.
type RelayPorts struct {
	Feed        ports.EventFeed
	Parties     ports.Parties
	Checkpoints ports.Checkpoints
	Leadership  ports.Leadership
	Clock       ports.Clock
}

// RelayOptions say how facts are published.
type RelayOptions struct {
	Issuer  string // the source of every message
	Forms   Forms
	Streams StreamOptions
	Log     *slog.Logger
}

// Relay publishes the log: each fact that has a public form once, in the order of the log. Where it
// stands is what the stream's own last message says, and every message is published on the
// condition that the stream ends with the one before, so that it may be killed anywhere and that a
// second relay cannot publish anything twice.
type Relay struct {
	broker  *Broker
	ports   RelayPorts
	options RelayOptions
	waiting waiting
	relayed atomic.Int64
	noted   noted
}

// noted is the checkpoint that was written last, and when.
type noted struct {
	at   event.Position
	when time.Time
}

// NewRelay makes a relay; Run runs it.
func NewRelay(b *Broker, p RelayPorts, o RelayOptions) *Relay {
	return &Relay{broker: b, ports: p, options: o, waiting: waiting{log: o.Log}}
}

// Run relays until ctx ends, whenever this process leads. A broker or a store that is away makes
// it wait, never end; it holds its place meanwhile and keeps nothing in memory.
func (r *Relay) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.ports.Leadership.Lead(ctx, relayName, r.lead)
		if ctx.Err() == nil {
			r.waiting.pause(ctx, "relay, to lead", cmp.Or(err, errNoLead))
		}
	}
}

// lead relays as long as this process leads. It gives the lead up at a fact that this binary does
// not know: another process may run a newer one.
func (r *Relay) lead(ctx context.Context) error {
	for {
		err := r.relay(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, event.ErrUnknown) {
			return err
		}
		r.waiting.pause(ctx, "relay", err)
	}
}

// relay finds the end of the stream and publishes from there until something fails.
func (r *Relay) relay(ctx context.Context) error {
	end, err := r.findEnd(ctx)
	if err != nil {
		return err
	}
	// Whoever stored the last message may have died, or failed, before it noted so.
	err = r.note(ctx, end.position)
	for err == nil {
		err = r.advance(ctx, &end)
	}
	return err
}

// advance publishes what the log holds, or waits for more. Facts that come one by one after that
// gather for a moment.
func (r *Relay) advance(ctx context.Context, end *streamEnd) error {
	next, err := r.prepare(ctx, end.position)
	if err == nil && next.empty() {
		return r.await(ctx, end.position)
	}
	for err == nil && !next.empty() {
		next, err = r.publish(ctx, end, next)
	}
	if err == nil {
		pause(ctx, relayGather)
	}
	return err
}

// await returns when the log goes on. It writes down where it stands first, unless it goes on soon.
func (r *Relay) await(ctx context.Context, at event.Position) error {
	soon, cancel := context.WithTimeout(ctx, relayNotes)
	defer cancel()
	err := r.ports.Feed.Wait(soon, at)
	if err == nil || ctx.Err() != nil || soon.Err() == nil {
		return err
	}
	if at != r.noted.at {
		if err := r.note(ctx, at); err != nil {
			return err
		}
	}
	return r.ports.Feed.Wait(ctx, at)
}

// publish carries a batch over and notes how far it came, also when it came only part of the way.
// While the broker stores it, the next one is made ready, if there is likely to be one.
func (r *Relay) publish(ctx context.Context, end *streamEnd, b *batch) (next *batch, err error) {
	before := end.position
	failure := b.launch(r.broker.events.js, end.sequence)
	next = &batch{}
	if failure == nil && b.full() {
		next, err = r.prepare(ctx, b.last())
	}
	if failure = b.settle(ctx, end, failure); failure != nil {
		err = failure // what was read behind it is read again
	}
	if end.position != before {
		err = r.moved(ctx, end.position, err)
	}
	return next, err
}

// moved takes down that the stream has grown; the checkpoint, only now and then.
func (r *Relay) moved(ctx context.Context, to event.Position, failure error) error {
	r.waiting.over()
	r.relayed.Store(int64(to))
	if since := r.ports.Clock.Now().Sub(r.noted.when); failure != nil || since < 0 || since >= relayNotes {
		return errors.Join(failure, r.note(ctx, to))
	}
	return nil
}

// note remembers how far the stream has come, for Lag here and in other processes.
func (r *Relay) note(ctx context.Context, to event.Position) error {
	r.relayed.Store(int64(to))
	err := r.ports.Checkpoints.Advance(ctx, relayName, to)
	if err == nil {
		r.noted = noted{at: to, when: r.ports.Clock.Now()}
	}
	return err
}
