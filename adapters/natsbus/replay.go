package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"writ/ports"
)

// What is held in memory of a replay at a time.
const (
	replayBatch = 256     // messages
	replayBytes = 4 << 20 // of their bodies
)

// replay is one replay under way.
type replay struct {
	inbox   *Inbox
	what    ports.Replay
	last    uint64 // the place of the last message that was there when it began
	so      ports.Replayed
	waiting []received
	size    int
}

// Replay implements ports.Inbox.
func (i *Inbox) Replay(ctx context.Context, what ports.Replay) (ports.Replayed, error) {
	last, err := i.lastTold(ctx)
	if err != nil {
		return ports.Replayed{}, err
	}
	p := &replay{inbox: i, what: what, last: last, so: ports.Replayed{Done: true}}
	if last == 0 || what.From > last {
		return p.so, nil
	}
	err = i.read(ctx, AccountsStream, p.from(), func(m jetstream.Msg, meta *jetstream.MsgMetadata) (bool, error) {
		return p.take(ctx, received{m.Subject(), m.Data(), meta.Timestamp, meta.Sequence.Stream})
	})
	if err == nil {
		err = p.follow(ctx)
	}
	p.so.Done = p.so.Done && err == nil
	return p.so, err
}

// lastTold is the place of the last message; 0 when there is none yet.
func (i *Inbox) lastTold(ctx context.Context) (uint64, error) {
	if err := i.broker.accounts.usable(); err != nil {
		return 0, err
	}
	stream, err := i.broker.accounts.js.Stream(ctx, AccountsStream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("read stream %s: %w", AccountsStream, err)
	}
	return stream.CachedInfo().State.LastSeq, nil
}

func (p *replay) from() jetstream.OrderedConsumerConfig {
	switch {
	case p.what.From > 0:
		return jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: p.what.From}
	case !p.what.Since.IsZero():
		return jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &p.what.Since}
	default:
		return jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy}
	}
}

// take notes a message, and follows what waits when that is enough. It reports whether it wants
// more.
func (p *replay) take(ctx context.Context, m received) (bool, error) {
	switch {
	case m.sequence > p.last:
		return false, nil
	case p.what.Limit > 0 && p.so.Seen+len(p.waiting) == p.what.Limit:
		p.so.Done = false
		return false, nil
	}
	p.waiting, p.size = append(p.waiting, m), p.size+len(m.body)
	if len(p.waiting) < replayBatch && p.size < replayBytes {
		return m.sequence < p.last, nil
	}
	return m.sequence < p.last, p.follow(ctx)
}

// follow follows what waits, accounts side by side. When it fails it notes that all of it is to be
// followed again, which does no harm to what was.
func (p *replay) follow(ctx context.Context) error {
	if len(p.waiting) == 0 {
		return nil
	}
	p.so.Next = p.waiting[0].sequence
	all, err := p.inLanes(ctx)
	if err != nil {
		return err
	}
	p.so.Seen += len(p.waiting)
	p.so.Next = p.waiting[len(p.waiting)-1].sequence + 1
	var refused []ports.Rejection
	for _, lane := range all {
		p.so.Followed, p.so.Changed = p.so.Followed+lane.followed, p.so.Changed+lane.changed
		refused = append(refused, lane.refused...)
	}
	slices.SortFunc(refused, func(a, b ports.Rejection) int { return int(a.Message) - int(b.Message) })
	p.so.Refused += len(refused)
	p.so.Refusals = append(p.so.Refusals, refused[:min(len(refused), ports.MostRefusals-len(p.so.Refusals))]...)
	p.waiting, p.size = nil, 0
	return nil
}

// laneResult is what came of the messages of a lane.
type laneResult struct {
	followed int
	changed  int
	refused  []ports.Rejection
	err      error
}

func (p *replay) inLanes(ctx context.Context) ([]laneResult, error) {
	var (
		dealt   [lanes][]received
		results [lanes]laneResult
		ended   sync.WaitGroup
		errs    error
	)
	for _, m := range p.waiting {
		lane := laneOf(m.subject, m.body)
		dealt[lane] = append(dealt[lane], m)
	}
	for lane, own := range dealt {
		if len(own) > 0 {
			ended.Go(func() { results[lane] = p.lane(ctx, own) })
		}
	}
	ended.Wait()
	for _, r := range results {
		errs = errors.Join(errs, r.err)
	}
	return results[:], errs
}

func (p *replay) lane(ctx context.Context, own []received) (r laneResult) {
	for _, m := range own {
		followed, changed, err := p.one(ctx, m)
		var refused Rejected
		switch {
		case errors.As(err, &refused):
			r.refused = append(r.refused, ports.Rejection{
				Message: m.sequence, At: m.at.UTC(), Subject: m.subject, ID: oneLine(idOf(m.body)), Reason: refused.Rejected(), Size: len(m.body),
			})
		case err != nil:
			r.err = err
			return r
		case followed:
			r.followed++
		}
		if changed {
			r.changed++
		}
	}
	return r
}

// one follows a message, if it is among those that are wanted. Of what cannot be read nobody knows
// which account it is about.
func (p *replay) one(ctx context.Context, m received) (followed, changed bool, err error) {
	err = m.guarded(p.inbox.log, func(change AccountChange) (err error) {
		if p.what.Account != "" && change.Account != p.what.Account {
			return nil
		}
		followed = true
		changed, err = p.inbox.follower.Foresee(ctx, change)
		if err == nil && changed && !p.what.DryRun {
			err = p.inbox.follower.Follow(ctx, change)
		}
		return err
	})
	if err != nil && !followed && p.what.Account != "" {
		err = nil
	}
	return followed && err == nil, changed && err == nil, err
}
