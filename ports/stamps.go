package ports

import (
	"context"
	"time"

	"writ/domain/event"
)

// Stamps remembers when a session or a grant was last used.
type Stamps interface {
	// Touch notes a use. It returns at once, writes at most once a minute for each stream, and
	// may lose a note when the process dies: these stamps inform people and decide nothing.
	Touch(s event.Stream, at time.Time)

	// LastUsed returns the stamps of those of streams that have one.
	LastUsed(ctx context.Context, streams []event.Stream) (map[event.Stream]time.Time, error)
}
