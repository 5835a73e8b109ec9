package ports

import (
	"context"
	"time"

	"writ/domain/event"
)

// Past brings aggregates as they were.
type Past interface {
	// AsOf fills an aggregate with its state at a moment, and gives the facts that made it so, oldest
	// first. A fact of that very moment counts, the first later one ends the reading, and an
	// aggregate that had no fact yet stays at version 0. State rows are not asked, so purged ones are
	// not missed. Personal data reads as erased.
	AsOf(ctx context.Context, at time.Time, into event.Aggregate) ([]event.Fact, error)
}
