package natsbus

import (
	"context"
	"time"
)

// ChangeKind says which facet of an account changed.
type ChangeKind string

// The kinds of change, each the last part of a subject accounts.<kind>.
const (
	PermissionsChanged ChangeKind = "permissions-changed"
	Suspended          ChangeKind = "suspended"
	Reinstated         ChangeKind = "reinstated"
	ProfileChanged     ChangeKind = "profile-changed"
	Deleted            ChangeKind = "deleted"
)

// AccountChange is what the owner of the accounts told: the full new value of one facet.
type AccountChange struct {
	MessageID   string
	Account     string
	Sequence    uint64 // in the publisher's own count, from 1
	Kind        ChangeKind
	Permissions []string // of PermissionsChanged; never nil there
	Profile     *Profile // of ProfileChanged; nil otherwise
	At          time.Time
}

// Profile is a person's profile. What is absent was not told, or is not known any more.
type Profile struct {
	Name          string
	Handle        string
	Email         string
	EmailVerified bool
	Phone         string
	PhoneVerified bool
}

// Follower applies changes of accounts. The same change may be given more than once and changes
// may come in any order: those of one account one at a time, those of several accounts
// concurrently.
type Follower interface {
	// Follow returns nil when the change governs, or was known already. An error that is
	// Rejected sends the change to writ.rejected; after any other it is given again later.
	Follow(ctx context.Context, change AccountChange) error
}

// Foreseer says what a Follower would do, and does nothing.
type Foreseer interface {
	// Foresee reports whether the change is not known yet. An error is as Follow's.
	Foresee(ctx context.Context, change AccountChange) (changes bool, err error)
}

// Rejected is an error that no repetition would cure.
type Rejected interface {
	error
	// Rejected is the reason, for whoever published the message. It holds no personal data.
	Rejected() string
}
