package ports

import (
	"context"

	"writ/domain/event"
)

// Finder finds the stream that holds a unique value.
type Finder interface {
	// Find returns the stream that holds the value, or ErrNotFound.
	Find(ctx context.Context, u event.Unique) (event.Stream, error)
}
