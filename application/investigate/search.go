package investigate

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"time"

	"writ/domain/device"
	"writ/domain/event"
	"writ/ports"
)

// history finds its way through the log, whose only index is the position.
type history struct {
	feed   ports.EventFeed
	annals ports.Annals
}

const (
	batch = 500 // facts that one read brings
	// maxSearched bounds how many facts one search goes through, about a second's work.
	maxSearched = 200_000
	// disorder is how much earlier a fact may have been decided than one that was committed before
	// it: decisions wait for their commits, and clocks of replicas differ.
	disorder = time.Second
)

// begin is the position after which what is asked for begins.
func (h history) begin(ctx context.Context, from From) (event.Position, error) {
	if from.Position > 0 || from.Time.IsZero() {
		return max(from.Position, 0), nil
	}
	after, err := h.before(ctx, from.Time.Add(-disorder))
	if err != nil {
		return 0, err
	}
	err = h.each(ctx, after, func(f event.Fact) bool {
		if f.At.Before(from.Time) {
			after = f.Position
			return true
		}
		return false
	})
	return after, err
}

// before is a position before which everything happened before a time, found in as many reads as the
// log's length has digits in base 2.
func (h history) before(ctx context.Context, t time.Time) (event.Position, error) {
	head, err := h.feed.Head(ctx)
	if err != nil {
		return 0, err
	}
	low, high := event.Position(0), head // what was asked for begins after low, and not after high
	for low < high {
		middle := low + (high-low)/2
		facts, err := h.feed.Read(ctx, middle, 1)
		if err != nil {
			return 0, err
		}
		if len(facts) == 1 && facts[0].At.Before(t) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// each gives the facts after a position to take, until take has enough or the log ends.
func (h history) each(ctx context.Context, after event.Position, take func(event.Fact) bool) error {
	for {
		facts, err := h.feed.Read(ctx, after, batch)
		if err != nil || len(facts) == 0 {
			return err
		}
		for _, f := range facts {
			if !take(f) {
				return nil
			}
			after = f.Position
		}
	}
}

// around finds the fact that something with an id belongs to. Ids tell the second in which they were
// made, so it is looked for around that second, and then farther and farther away. One that is not
// found, or is no such id, is ports.ErrNotFound.
func (h history) around(ctx context.Context, id string, is func(event.Fact) bool) (found event.Fact, err error) {
	second, ok := secondOf(id)
	if !ok {
		return event.Fact{}, ports.ErrNotFound
	}
	searched := 0
	for _, width := range []time.Duration{2 * time.Second, 30 * time.Second, 10 * time.Minute} {
		found, err = h.within(ctx, second.Add(-width), second.Add(width), &searched, is)
		if err != nil || found.ID != "" || searched > maxSearched {
			break
		}
	}
	if err == nil && found.ID == "" {
		err = ports.ErrNotFound
	}
	return found, err
}

func (h history) within(ctx context.Context, since, until time.Time, searched *int, is func(event.Fact) bool) (found event.Fact, err error) {
	after, err := h.before(ctx, since)
	if err != nil {
		return event.Fact{}, err
	}
	err = h.each(ctx, after, func(f event.Fact) bool {
		*searched++
		if is(f) {
			found = f
		}
		return found.ID == "" && !f.At.After(until) && *searched <= maxSearched
	})
	return found, err
}

// at is the fact at a position, or ports.ErrNotFound.
func (h history) at(ctx context.Context, p event.Position) (event.Fact, error) {
	head, err := h.feed.Head(ctx)
	switch {
	case err != nil:
		return event.Fact{}, err
	case p < 1, p > head:
		return event.Fact{}, ports.ErrNotFound
	}
	facts, err := h.feed.Read(ctx, p-1, 1)
	if err == nil && len(facts) == 0 {
		err = ports.ErrNotFound
	}
	if err != nil {
		return event.Fact{}, err
	}
	return facts[0], nil
}

// tell gives facts as records, a bounded number at a time.
func (h history) tell(ctx context.Context, facts []event.Fact) ([]ports.Record, error) {
	all := make([]ports.Record, 0, len(facts))
	for len(facts) > 0 {
		n := min(batch, len(facts))
		told, err := h.annals.Tell(ctx, facts[:n])
		if err != nil {
			return nil, err
		}
		all, facts = append(all, told...), facts[n:]
	}
	for i := range all {
		all[i].Client, all[i].Account = parties(all[i])
	}
	return all, nil
}

// parties is whom a record concerns: what its stream says of it, and what it says itself. Whose a
// device's request is nobody knows when it begins, so there only the facts themselves count;
// otherwise the answer would depend on when it was asked.
func parties(r ports.Record) (client, account string) {
	if r.Stream.Kind == device.Kind {
		r.Account = ""
	}
	return word(r, "client"), word(r, "account")
}

var xids = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// secondOf is when an id was made, if it is an xid.
func secondOf(id string) (time.Time, bool) {
	raw, err := xids.DecodeString(id)
	if err != nil || len(raw) != 12 {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint32(raw)), 0).UTC(), true
}
