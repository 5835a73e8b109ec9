package ports

import (
	"context"

	"writ/domain/event"
)

// Checkpoints remembers how far a reader of the log has come. It is a hint: a reader that can ask
// its own destination asks there first.
type Checkpoints interface {
	// Checkpoint is the position noted under name, or 0.
	Checkpoint(ctx context.Context, name string) (event.Position, error)

	// Advance notes a position. It never goes back.
	Advance(ctx context.Context, name string, to event.Position) error
}
