package ports

import (
	"context"

	"writ/domain/event"
)

// Belongings knows which streams concern an account, for as long as the log is kept.
type Belongings interface {
	// Streams lists every stream whose state row belongs to an account, its own among them, and
	// every one whose row belonged to it when it was purged, in the order of their names. A stream
	// that never had a row, such as that of a token, is in no list.
	Streams(ctx context.Context, account string) ([]event.Stream, error)
}
