package ports

import (
	"context"

	"writ/domain/event"
)

// Draft is a second set of state rows and unique keys, derived from the log beside the live ones while
// everybody goes on working. One is under way at a time: to begin another one ends it, and whoever
// had begun it gets ErrConflict from then on.
type Draft interface {
	// Begin begins an empty draft, and gives its name.
	Begin(ctx context.Context) (draft string, err error)

	// Extend lets derive make rows of up to limit facts, the next after those that the draft has
	// seen, and keeps what it made. It returns how many facts there were, 0 at the end of the log.
	Extend(ctx context.Context, draft string, limit int, derive Derivation) (int, error)

	// Pairs sets what is live beside the draft, as both are at one moment and at the end of the log:
	// up to limit streams after a name, in the order of their names. It is ErrConflict when the
	// draft has too many facts yet to see.
	Pairs(ctx context.Context, draft, after string, limit int, derive Derivation) ([]Pair, error)

	// Publish extends the draft to the end of the log, and puts the rows and the keys that it has
	// of streams in the place of the live ones, in one transaction while nobody can decide on them.
	// A stream that the draft does not have loses its row and its keys. One whose row was purged
	// stays without; whom it belonged to is noted again. What was decided on rows that were read
	// before is a conflict.
	Publish(ctx context.Context, draft string, streams []event.Stream, derive Derivation) error

	// Discard ends a draft and empties it.
	Discard(ctx context.Context, draft string) error
}

// Derivation makes the rows of streams, as they are after facts of theirs.
type Derivation func(Material) ([]Derived, error)

// Material is what a derivation goes by.
type Material struct {
	Facts []event.Fact                         // in the order of the log
	Rows  []Row                                // of their streams, as they were before
	Key   func(account string) ([]byte, error) // the wrapped key of an account; nil when it was destroyed
}

// Derived is a state row with the unique keys that its stream should hold.
type Derived struct {
	Row  Row
	Keys []UniqueKey
}

// Pair is one stream in what is live and in a draft.
type Pair struct {
	Stream event.Stream
	Live   *Row        // nil: there is none
	Holds  []UniqueKey // in what is live
	Purged *Row        // as far as it is noted: version, account and client; nil: it was not purged
	Draft  *Derived    // nil: the log makes no row of it
}
