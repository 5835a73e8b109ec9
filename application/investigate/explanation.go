package investigate

import (
	"context"
	"time"

	"writ/domain/oauth"
)

// ExplainCommand asks where something came from: an access token, a refresh token, a code, a device
// code, the jti of an access token, or the id of a grant.
type ExplainCommand struct{ Of oauth.Secret }

// Chain is how something came about and what became of it. What was presented is not in it.
type Chain struct {
	Of      string          `json:"of"` // what it is: "access token", "refresh token", "grant", …
	Grant   string          `json:"grant,omitempty"`
	Client  oauth.ClientID  `json:"client_id,omitempty"`
	Account oauth.AccountID `json:"account_id,omitempty"`
	Token   *Presented      `json:"token,omitempty"` // nil: no single token was asked about
	Steps   []Step          `json:"steps"`           // oldest first
	State   State           `json:"state"`
	Why     string          `json:"why"` // the state in a sentence
	Scope   oauth.Scope     `json:"scope,omitempty"`
	Until   time.Time       `json:"until,omitzero"` // when what still stands ends by itself
}

// Presented is what one token says about itself, and what is to be thought of it.
type Presented struct {
	JTI        string      `json:"jti,omitempty"`
	Generation *uint32     `json:"generation,omitempty"` // of a refresh token
	Authentic  bool        `json:"authentic"`            // this server made it: signature or tag hold
	Scope      oauth.Scope `json:"scope,omitempty"`
	Issued     time.Time   `json:"issued_at,omitzero"`
	Expires    time.Time   `json:"expires_at,omitzero"`
	Expired    bool        `json:"expired"`
}

// Step is one fact of a chain.
type Step struct {
	Happening
	Issued bool `json:"issued,omitempty"` // the token in question was issued here
}

// State is what something is now.
type State string

// The states.
const (
	Live    State = "live"
	Pending State = "pending" // nobody has decided yet, or nothing was redeemed
	Spent   State = "spent"
	Expired State = "expired"
	Revoked State = "revoked"
	Denied  State = "denied"
	Forged  State = "forged" // this server did not make it
)

// Explanation tells where tokens and grants came from. It is safe for concurrent use.
type Explanation struct{}

// Execute tells it. What nothing is known of is ports.ErrNotFound.
func (*Explanation) Execute(context.Context, ExplainCommand) (Chain, error) { return Chain{}, nil }
