package ports

import (
	"context"
	"time"
)

// MaxTries is how often whoever began a challenge may try to answer it.
const MaxTries = 5

// MaxStrayTries is how often others may, who know only its topic. They cannot use up the tries of
// whoever began it.
const MaxStrayTries = 3

// MaxTried is how many challenges of one topic a try is for at most.
const MaxTried = 5

// Challenges keeps proofs that somebody has yet to give, such as a code that was sent to a phone.
// They are not events: one that is not answered is forgotten.
type Challenges interface {
	// Pose keeps a challenge beside those that are there: none is replaced.
	Pose(ctx context.Context, c Challenge) error

	// Try counts a try of the challenges that it is for, in one conditional write, and gives them,
	// so that a try counts before anybody has compared an answer. Those that are spent, that have
	// expired at now, or that may not be tried any more, are left out. A try by id is for that one
	// challenge, and is its own. A try by topic is for up to MaxTried challenges of any of the
	// topics, those of the same source first, and of these the newest; it is their own if the
	// source is theirs, else a stray one. The work is the same when there is none.
	Try(ctx context.Context, t Try) ([]Challenge, error)

	// Spend ends a challenge that is live at now. Of several that spend it one gets nil, the others
	// and those that are too late get ErrNotFound.
	Spend(ctx context.Context, id string, now time.Time) error
}

// Challenge is one proof that is waited for.
type Challenge struct {
	ID      string
	Topic   []byte // a keyed digest of what it may be found by; empty: by its id alone
	Source  []byte // a keyed digest of where it was begun
	Code    []byte // a keyed digest of the answer that people type
	Link    []byte // a digest of the answer in a link; empty: there is none
	Sealed  []byte // what is to be done about a right answer, sealed
	Begun   time.Time
	Expires time.Time
}

// Try says which challenges somebody tries to answer.
type Try struct {
	ID     string   // the one challenge, or empty
	Topics [][]byte // the digests of the topic, under each key
	Source []byte
	Now    time.Time
}
