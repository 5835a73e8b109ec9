package ports

import (
	"context"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Chronicle tells people what is recorded about them.
type Chronicle interface {
	// About gives the facts of an account and of everything that belongs to it and has a state row,
	// oldest first. Personal data is shown; secrets, and digests of any, are left out.
	About(ctx context.Context, id oauth.AccountID) ([]Record, error)
}

// Annals tell whoever runs the server what is recorded.
type Annals interface {
	// Tell gives each fact with what it says, in the order given. Of personal data it is told only
	// that it is there; secrets, and digests of any, are left out. A fact that this binary does not
	// know is event.ErrUnknown.
	Tell(ctx context.Context, facts []event.Fact) ([]Record, error)
}

// Record is one fact as it is told.
type Record struct {
	Position event.Position
	ID       string
	Stream   event.Stream
	Version  event.Version
	Name     string
	At       time.Time
	Cause    string         // the id of the message from outside that caused it, or empty
	Party                   // whom its stream concerns
	Says     map[string]any // the fact's own words, as JSON has them
}
