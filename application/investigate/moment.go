package investigate

import (
	"context"
	"time"

	"writ/domain/oauth"
)

// MomentCommand asks what was true for an account at a moment.
type MomentCommand struct {
	Account oauth.AccountID
	At      time.Time
}

// Standing says what an account was at a moment.
type Standing string

// The standings.
const (
	Unknown   Standing = "unknown" // not there yet
	Shadow    Standing = "shadow"  // known only by what another service announced of it
	Active    Standing = "active"
	Suspended Standing = "suspended"
	Deleted   Standing = "deleted"
)

// Picture is what was true for an account at a moment, as its log tells it.
type Picture struct {
	Account     oauth.AccountID `json:"account"`
	At          time.Time       `json:"at"`
	Standing    Standing        `json:"standing"`
	Permissions oauth.Scope     `json:"permissions"`
	Grants      []Held          `json:"grants"` // oldest first
	Approved    []Promise       `json:"approved"`
	Owned       []Owned         `json:"owned"`
	Because     []Happening     `json:"because"` // what made the account so
}

// Held is a grant by which a client could do something then.
type Held struct {
	Grant       string          `json:"grant"`
	Client      oauth.ClientID  `json:"client_id"`
	ClientName  string          `json:"client_name,omitempty"` // as it was called then
	Via         oauth.GrantType `json:"via"`
	By          string          `json:"by,omitempty"`    // what opened it: "session", "access key" or "device"
	ByID        string          `json:"by_id,omitempty"` // its id
	Opened      time.Time       `json:"opened_at"`
	Scope       oauth.Scope     `json:"scope"`       // of the grant
	Refreshable bool            `json:"refreshable"` // else there was only an access token left
	Until       time.Time       `json:"until"`       // when it would have ended by itself
	AccessUntil time.Time       `json:"access_until"`
	AccessScope oauth.Scope     `json:"access_scope"`      // of the last access token
	Revoked     time.Time       `json:"revoked,omitzero"`  // before that moment: its access token was still out
	AtRefresh   oauth.Scope     `json:"at_refresh"`        // what its next refresh would have given
	Refused     string          `json:"refused,omitempty"` // why its next refresh would have been refused
	Because     []Happening     `json:"because"`
}

// Promise is an approval that no tokens had been issued for yet.
type Promise struct {
	ID      string          `json:"id"`
	Client  oauth.ClientID  `json:"client_id"`
	Via     oauth.GrantType `json:"via"`
	Scope   oauth.Scope     `json:"scope"`
	Until   time.Time       `json:"until"`
	Because []Happening     `json:"because"`
}

// Owned is a client that could get tokens on its own behalf, whose subject is the account that owns
// it.
type Owned struct {
	Client  oauth.ClientID `json:"client_id"`
	Name    string         `json:"client_name"`
	Scope   oauth.Scope    `json:"scope"`
	Because []Happening    `json:"because"`
}

// Moment answers which clients could do what for an account at a moment, and why. It is safe for
// concurrent use.
type Moment struct{}

// Execute answers. An account that never was is account.ErrUnknown.
func (*Moment) Execute(context.Context, MomentCommand) (Picture, error) { return Picture{}, nil }
