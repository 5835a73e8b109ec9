package event

import "time"

// Version is a fact's place in its stream, from 1. The version of a stream is that of its last
// fact; a stream that was never written has version 0.
type Version int64

// Position is a fact's place in the whole log, from 1, dense and in commit order.
type Position int64

// Revision numbers the shapes that one event's payload has had, from 1.
type Revision int

// Stream names the history of one aggregate.
type Stream struct {
	Kind string // "grant", "client", …: the name of the aggregate's catalogue
	ID   string
}

// String gives the stream's stored name, kind and id with a slash between them.
func (s Stream) String() string { return s.Kind + "/" + s.ID }

// Fact is one event as the log keeps it.
type Fact struct {
	ID       string // unique over the whole log, and the id of the message published for it
	Stream   Stream
	Version  Version
	Position Position // zero until committed
	Name     string
	Revision Revision
	At       time.Time // UTC, in microseconds: when it was decided
	Cause    string    // the id of the message from outside that caused it, or empty
	Data     []byte
}
