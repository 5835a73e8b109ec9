package ports

import (
	"context"

	"writ/domain/event"
)

// EventFeed reads the whole log in order.
type EventFeed interface {
	// Read returns up to limit facts after a position, in order of position and without a gap.
	Read(ctx context.Context, after event.Position, limit int) ([]event.Fact, error)

	// Head is the position of the last committed fact, 0 when the log is empty.
	Head(ctx context.Context) (event.Position, error)

	// Wait returns when the log holds a position after the given one, or with ctx's error when
	// ctx ends. It is woken by commits of this and of other processes and does not poll.
	Wait(ctx context.Context, after event.Position) error
}
