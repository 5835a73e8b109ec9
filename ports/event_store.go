package ports

import (
	"context"
	"iter"
	"time"

	"writ/domain/event"
)

// EventStore is the log, with the state rows and the unique keys that are derived from it.
type EventStore interface {
	// Append writes a commit whole or not at all, and returns when it is durable. It returns
	// ErrConflict when a stream of the commit is not at the version expected, when a census of it
	// does not hold or when it is of an earlier era than the store, and a *TakenError when a claimed key is held by another stream; either leaves no
	// trace and affects no other commit. Facts get the next positions of the log in the order given. Positions are dense,
	// and a reader that has seen a position never sees a lower one appear later, whichever
	// process wrote it. Concurrent commits may share one transaction; of two that exclude each
	// other exactly one succeeds.
	Append(ctx context.Context, c Commit) error

	// Load returns the state rows of streams and, beside them, the rows of the accounts and
	// clients that these rows belong to, in no order. A stream without a row is left out. What
	// was committed before the call, by any process, is seen. Concurrent calls may share one
	// query that has not been sent yet, never one in flight, and the bytes of rows that it brought:
	// nobody may write into these.
	Load(ctx context.Context, streams []event.Stream) ([]Row, error)

	// Confirm reports whether every stream is where it was read, in the era in which it was read: what
	// Load would bring now is what it brought then. What was committed before the call, by any
	// process, is seen. Concurrent calls may share a query as those of Load do.
	Confirm(ctx context.Context, read []Expectation, era int64) (bool, error)

	// History gives the facts of one stream after a version, oldest first.
	History(ctx context.Context, s event.Stream, after event.Version) iter.Seq2[event.Fact, error]
}

// Commit is what one decision changes, in one transaction.
type Commit struct {
	Appends []Append
	Expects []Expectation // streams that the decision read without writing them
	Census  []Census      // lists that the decision was made on
	Era     int64         // the earliest of the rows that were read; 0: none was, or it does not matter
	NewKeys []AccountKey  // keys of accounts that begin with this commit
	Destroy []string      // accounts whose keys go, with everything sealed under them

	// Beside is called once by Append, on the goroutine that called it, when the commit is under
	// way or done; nil: nothing is. An Append that fails may not have called it.
	Beside func()
}

// RunBeside is for those who play EventStore: it does what is to be done beside the commit.
func (c Commit) RunBeside() {
	if c.Beside != nil {
		c.Beside()
	}
}

// Append moves one stream.
type Append struct {
	Stream   event.Stream
	Expected event.Version // of the stream before; 0: it must not exist
	Facts    []event.Fact  // at least one, with versions Expected+1, …
	Row      *Row          // the state after the last fact; nil for streams without one, whose ids nobody takes twice
	Claim    []UniqueKey   // keys that the stream takes
	Release  []UniqueKey   // keys that the stream gives back
}

// Expectation says at which version a decision read a stream; 0: that it has no state row.
type Expectation struct {
	Stream  event.Stream
	Version event.Version
}

// Reading is what somebody looked at without asking the store: it counts once the store has confirmed it.
// The zero Reading needs no confirmation.
type Reading struct {
	Streams []Expectation
	Era     int64
}

// Census says which of an account's rows of a kind a decision found live: exactly these. It is held
// against what stood just before the commit, and not against what the commit itself writes.
type Census struct {
	Account string
	Kind    string
	Live    time.Time      // a row is live that has not ended at this time; zero: every row is
	Streams []event.Stream // in any order
}

// Row is one aggregate's state as the store keeps it.
type Row struct {
	Stream  event.Stream
	Version event.Version
	Shape   int
	Account string    // the account it belongs to, or empty
	Client  string    // the client it belongs to, or empty
	Ends    time.Time // zero: it does not end by itself
	Keep    time.Time // when it may be purged; zero: never
	Data    []byte
	Key     []byte // read only: the wrapped key of Account; nil when there is none or it was destroyed

	// Era, read only, counts how often rows were replaced that had not moved, because what they said
	// was wrong. The row may be of a later era than it says, and is of none before.
	Era int64
}

// UniqueKey is a keyed digest of a value that at most one stream holds.
type UniqueKey struct {
	Kind   string
	Digest []byte
}

// AccountKey is the wrapped key under which an account's personal data is sealed.
type AccountKey struct {
	Account string
	Wrapped []byte
}
