package ports

import (
	"context"

	"writ/domain/event"
)

// Rewriter replaces what is derived from the log by what was derived anew.
type Rewriter interface {
	// Rewrite writes a state row, and the unique keys that its stream holds, in place of those that
	// are there. It returns ErrConflict when the log's stream is not at the row's version. A stream
	// whose row was purged keeps none; whom it belonged to is noted again. What was decided on the
	// row as it was before is a conflict, if it said something else.
	Rewrite(ctx context.Context, row Row, keys []UniqueKey) error

	// AccountKey is the wrapped key of an account's personal data, or nil when it was destroyed.
	AccountKey(ctx context.Context, account string) ([]byte, error)

	// StreamsOf lists streams of a kind in the log after a name, in the order of their names.
	StreamsOf(ctx context.Context, kind string, after string, limit int) ([]event.Stream, error)
}
