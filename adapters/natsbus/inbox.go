package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/ports"
)

var _ ports.Inbox = (*Inbox)(nil)

// Inbox plays ports.Inbox over the streams ACCOUNTS and REJECTED. A place is a sequence number of
// the stream.
type Inbox struct {
	broker   *Broker
	follower foreseeing
	log      *slog.Logger
}

// foreseeing is a follower of whom it can be asked beforehand what it would do.
type foreseeing interface {
	Follower
	Foreseer
}

// NewInbox makes an inbox. What is replayed, and is not known yet, goes to the follower.
func NewInbox(b *Broker, f foreseeing, log *slog.Logger) *Inbox {
	return &Inbox{broker: b, follower: f, log: log}
}

// nextWithin bounds the wait for a message that the broker says it has.
const nextWithin = 5 * time.Second

// read gives the messages that a stream holds now to each, until it wants no more. A stream that
// nobody has made holds none.
func (i *Inbox) read(ctx context.Context, stream string, from jetstream.OrderedConsumerConfig, each func(jetstream.Msg, *jetstream.MsgMetadata) (bool, error)) error {
	if err := i.broker.accounts.usable(); err != nil {
		return err
	}
	consumer, err := i.broker.accounts.js.OrderedConsumer(ctx, stream, from)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(replayBatch))
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	defer messages.Stop()
	return readOn(ctx, stream, messages, each)
}

func readOn(ctx context.Context, stream string, messages jetstream.MessagesContext, each func(jetstream.Msg, *jetstream.MsgMetadata) (bool, error)) error {
	for {
		m, err := nextOf(ctx, messages)
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read the metadata of a message in stream %s: %w", stream, err)
		}
		more, err := each(m, meta)
		if err != nil || !more || meta.NumPending == 0 {
			return err
		}
	}
}

func nextOf(ctx context.Context, messages jetstream.MessagesContext) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, nextWithin)
	defer cancel()
	return messages.Next(jetstream.NextContext(ctx))
}

// Rejected implements ports.Inbox.
func (i *Inbox) Rejected(ctx context.Context, after uint64, limit int) ([]ports.Rejection, error) {
	var found []ports.Rejection
	if limit < 1 {
		return nil, nil
	}
	from := jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1, HeadersOnly: true,
	}
	err := i.read(ctx, RejectedStream, from, func(m jetstream.Msg, meta *jetstream.MsgMetadata) (bool, error) {
		r := rejectionOf(meta.Sequence.Stream, meta.Timestamp, m.Headers())
		r.Size, _ = strconv.Atoi(m.Headers().Get(nats.MsgSize))
		found = append(found, r)
		return len(found) < limit, nil
	})
	return found, err
}

// Rejection implements ports.Inbox.
func (i *Inbox) Rejection(ctx context.Context, place uint64) (ports.Rejection, error) {
	if err := i.broker.accounts.usable(); err != nil {
		return ports.Rejection{}, err
	}
	if place == 0 {
		return ports.Rejection{}, ports.ErrNotFound
	}
	stream, err := i.broker.accounts.js.Stream(ctx, RejectedStream)
	var m *jetstream.RawStreamMsg
	if err == nil {
		m, err = stream.GetMsg(ctx, place)
	}
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrMsgNotFound):
		return ports.Rejection{}, ports.ErrNotFound
	case err != nil:
		return ports.Rejection{}, fmt.Errorf("read message %d of stream %s: %w", place, RejectedStream, err)
	}
	r := rejectionOf(m.Sequence, m.Time, m.Header)
	r.Size, r.Body = len(m.Data), m.Data
	return r, nil
}

func rejectionOf(place uint64, at time.Time, h nats.Header) ports.Rejection {
	_, number, _ := strings.Cut(h.Get(nats.MsgIdHdr), AccountsStream+"-")
	message, _ := strconv.ParseUint(number, 10, 64) // 0 when somebody else published it
	return ports.Rejection{
		Place: place, Message: message, At: at.UTC(),
		Subject: h.Get(RejectedSubject), ID: h.Get(RejectedID), Reason: h.Get(RejectedReason),
	}
}
