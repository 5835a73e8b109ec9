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

// Record is one fact as it is told to the person whom it is about.
type Record struct {
	Position event.Position
	Stream   event.Stream
	Name     string
	At       time.Time
	Says     map[string]any // the fact's own words, as JSON has them
}
