package investigate

import (
	"context"
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

// Events reads the log. It is safe for concurrent use.
type Events struct{}

// Page gives up to limit events that fit, oldest first. How much of the log one call looks at is
// bounded, so a page may be short or empty although more follows: while Next is before Head, there
// is more to look at.
func (*Events) Page(context.Context, From, Filter, int) (Page, error) { return Page{}, nil }

// Follow gives each event that fits to each, and waits for more until ctx ends or each fails. The
// error is that of each, of the store or of ctx.
func (*Events) Follow(context.Context, From, Filter, func(ports.Record) error) error { return nil }

// Show gives the event with an id, or at a position. One that is not found is ports.ErrNotFound.
func (*Events) Show(context.Context, string) (ports.Record, error) { return ports.Record{}, nil }

// Head is where the log ends now: From{Position: head} is what comes from now on.
func (*Events) Head(context.Context) (event.Position, error) { return 0, nil }
