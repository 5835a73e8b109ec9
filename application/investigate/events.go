package investigate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Filter says which events are wanted. What is empty stands for any.
type Filter struct {
	Kinds   []string // of a stream ("grant"), of an event ("grant.revoked") or of a message ("grant-revoked")
	Client  oauth.ClientID
	Account oauth.AccountID
}

// From says where to begin: after a position, or else with the first event at or after a time. The
// zero value is the beginning of the log.
type From struct {
	Position event.Position
	Time     time.Time
}

// Page is a part of the log.
type Page struct {
	Events []ports.Record
	Next   event.Position // where to go on from; what lies between was looked at and did not fit
	Head   event.Position // the end of the log when the page was read
}

const (
	// MaxPage is how many events a page has at most.
	MaxPage = 1000
	// maxLooked is how many events one page goes through at most.
	maxLooked = 20 * batch
)

// Events reads the log. It is safe for concurrent use.
type Events struct{ history }

// NewEvents wires the use case.
func NewEvents(f ports.EventFeed, a ports.Annals) *Events { return &Events{history{f, a}} }

// Page gives up to limit events that fit, oldest first; a limit of 0 is MaxPage. How much of the log
// one call looks at is bounded, so a page may be short or empty although more follows: while Next is
// before Head, there is more to look at. A kind that is not known is ErrKind.
func (uc *Events) Page(ctx context.Context, from From, filter Filter, limit int) (Page, error) {
	wanted, err := filter.sieve()
	if err != nil {
		return Page{}, err
	}
	after, err := uc.begin(ctx, from)
	if err != nil {
		return Page{}, err
	}
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	head, err := uc.feed.Head(ctx)
	if err != nil {
		return Page{}, err
	}
	return uc.page(ctx, after, head, wanted, limit)
}

// page is one that ends at the head of the log at the latest.
func (uc *Events) page(ctx context.Context, after, head event.Position, wanted sieve, limit int) (p Page, err error) {
	p = Page{Events: []ports.Record{}, Next: after, Head: head}
	for looked := 0; err == nil && p.Next < head && len(p.Events) < limit && looked < maxLooked; looked += batch {
		err = uc.extend(ctx, &p, wanted, limit)
	}
	return p, err
}

// extend looks at one more batch.
func (uc *Events) extend(ctx context.Context, p *Page, wanted sieve, limit int) error {
	facts, err := uc.feed.Read(ctx, p.Next, int(min(batch, p.Head-p.Next)))
	if err == nil && len(facts) == 0 {
		err = fmt.Errorf("the log lacks what is between %d and %d", p.Next, p.Head)
	}
	if err != nil {
		return err
	}
	candidates := make([]event.Fact, 0, len(facts))
	for _, f := range facts {
		if wanted.mayFit(f) {
			candidates = append(candidates, f)
		}
	}
	records, err := uc.tell(ctx, candidates)
	if err != nil {
		return err
	}
	for _, r := range records {
		if !wanted.fits(r) {
			continue
		}
		p.Events, p.Next = append(p.Events, r), r.Position
		if len(p.Events) == limit {
			return nil
		}
	}
	p.Next = facts[len(facts)-1].Position
	return nil
}

// Follow gives each event that fits to each, and waits for more until ctx ends or each fails. The
// error is that of each, of the store or of ctx. A kind that is not known is ErrKind.
func (uc *Events) Follow(ctx context.Context, from From, filter Filter, each func(ports.Record) error) error {
	wanted, err := filter.sieve()
	if err != nil {
		return err
	}
	after, err := uc.begin(ctx, from)
	for err == nil {
		after, err = uc.drain(ctx, after, wanted, each)
		if err == nil {
			err = uc.feed.Wait(ctx, after)
		}
	}
	return err
}

// Each is Follow to where the log ends now.
func (uc *Events) Each(ctx context.Context, from From, filter Filter, each func(ports.Record) error) error {
	wanted, err := filter.sieve()
	if err != nil {
		return err
	}
	after, err := uc.begin(ctx, from)
	if err != nil {
		return err
	}
	_, err = uc.drain(ctx, after, wanted, each)
	return err
}

// drain gives what fits up to where the log ends when it begins, and says how far that is.
func (uc *Events) drain(ctx context.Context, after event.Position, wanted sieve, each func(ports.Record) error) (event.Position, error) {
	head, err := uc.feed.Head(ctx)
	for err == nil && after < head {
		var p Page
		p, err = uc.page(ctx, after, head, wanted, batch)
		for _, r := range p.Events {
			if err == nil {
				err = each(r)
			}
		}
		after = p.Next
	}
	return after, err
}

// Show gives the event with an id, or at a position. One that is not found is ports.ErrNotFound.
// Nothing is found by its id that was committed more than minutes after the id was made.
func (uc *Events) Show(ctx context.Context, id string) (ports.Record, error) {
	found, err := uc.find(ctx, id)
	if errors.Is(err, ports.ErrNotFound) {
		return ports.Record{}, fmt.Errorf("event %q: %w", id, err)
	}
	if err != nil {
		return ports.Record{}, err
	}
	records, err := uc.tell(ctx, []event.Fact{found})
	if err != nil {
		return ports.Record{}, err
	}
	return records[0], nil
}

func (uc *Events) find(ctx context.Context, id string) (event.Fact, error) {
	position, err := strconv.ParseInt(id, 10, 64)
	if err != nil { // an xid of digits alone is too great a number
		return uc.around(ctx, id, func(f event.Fact) bool { return f.ID == id })
	}
	return uc.at(ctx, event.Position(position))
}

// Head is where the log ends now: From{Position: head} is what comes from now on.
func (uc *Events) Head(ctx context.Context) (event.Position, error) { return uc.feed.Head(ctx) }
