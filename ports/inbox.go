package ports

import (
	"context"
	"time"
)

// Inbox is what other services told about accounts, for as long as the broker keeps it: what could
// not be followed can be looked at, and what was told can be followed again. It is safe for
// concurrent use. A broker that is away makes every call an error that is not ErrNotFound.
type Inbox interface {
	// Rejected lists up to limit messages that were rejected, after a place among them, oldest first
	// and without their bodies. From an empty inbox it gives none.
	Rejected(ctx context.Context, after uint64, limit int) ([]Rejection, error)

	// Rejection gives the rejected message at a place, with its body. When there is none, or it is
	// not kept any more, it returns ErrNotFound.
	Rejection(ctx context.Context, place uint64) (Rejection, error)

	// Replay follows again what was told, in its order, account by account, up to what is there when
	// it begins. What was followed before changes nothing, however often that is repeated. What is
	// refused is counted and passed over. An error, or ctx's end, comes with how far it got.
	Replay(ctx context.Context, r Replay) (Replayed, error)
}

// Rejection is a message that cannot be followed.
type Rejection struct {
	Place   uint64 // among the rejected, from 1
	Message uint64 // its own place among all that was told; 0: it is not known
	At      time.Time
	Subject string
	ID      string // the sender's own id of it; empty where it has none
	Reason  string // it repeats nothing of what the message says
	Size    int    // of the body as it is kept, in bytes
	Body    []byte // nil in a list; it may hold personal data
}

// Replay says what is to be followed again.
type Replay struct {
	From    uint64    // the place of the first message; 0 with a zero Since: the oldest that is kept
	Since   time.Time // or when it came; used when From is 0
	Account string    // only messages about this account; empty: all
	Limit   int       // look at so many messages at most; 0: no limit
	DryRun  bool      // read them, and follow none
}

// Replayed is how far a replay got.
type Replayed struct {
	Seen     int         // messages that were looked at
	Followed int         // of them, those that govern now, or did before; with DryRun those that would
	Changed  int         // of these, those that changed something; with DryRun those that would if they came alone
	Refused  int         // of them, those that cannot be followed
	Refusals []Rejection // the first of these, at most MostRefusals, by Message, Subject, At, ID and Reason
	Next     uint64      // the place to go on from; 0 when nothing was looked at
	Done     bool        // all that was there when it began was looked at
}

// MostRefusals bounds what one answer names.
const MostRefusals = 100
