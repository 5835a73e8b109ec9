package investigate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
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

// Presented is what is known of one token.
type Presented struct {
	JTI        string      `json:"jti,omitempty"`
	Generation *uint32     `json:"generation,omitempty"` // of a refresh token
	Authentic  bool        `json:"authentic"`            // this server made it: signature or tag hold, or the log says so
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
	Barred  State = "barred" // it stands, but is not served as things are
	Forged  State = "forged" // this server did not make it, or does not sign with that key any more
)

// Explanation tells where tokens and grants came from. It is safe for concurrent use.
type Explanation struct {
	history
	past     ports.Past
	verifier ports.Verifier
	server   *oauth.Server
	keys     oauth.TokenKeys
	clock    ports.Clock
}

// NewExplanation wires the use case.
func NewExplanation(f ports.EventFeed, a ports.Annals, p ports.Past, v ports.Verifier, s *oauth.Server, k oauth.TokenKeys, c ports.Clock) *Explanation {
	return &Explanation{history: history{f, a}, past: p, verifier: v, server: s, keys: k, clock: c}
}

// Execute tells it. What nothing is known of is ports.ErrNotFound. An access token is verified with
// the keys that this process has; an error of the verifier means that it is not known.
func (uc *Explanation) Execute(ctx context.Context, cmd ExplainCommand) (Chain, error) {
	t := &trail{Explanation: uc, now: uc.clock.Now(), seen: map[event.Stream]bool{}}
	err := t.follow(ctx, cmd.Of.Reveal())
	if errors.Is(err, ports.ErrNotFound) {
		return Chain{}, fmt.Errorf("nothing is known of this: %w", ports.ErrNotFound)
	}
	if err != nil {
		return Chain{}, err
	}
	return t.told(ctx)
}

// follow finds out what was presented, and goes back from there.
func (t *trail) follow(ctx context.Context, of string) error {
	for kind, explain := range map[oauth.OpaqueKind]func(context.Context, oauth.Opaque) error{
		oauth.RefreshToken:      t.ofRefreshToken,
		oauth.AuthorizationCode: t.ofCode,
		oauth.DeviceCode:        t.ofDeviceCode,
		oauth.SessionToken:      t.ofSession,
	} {
		if parsed, is := t.keys.Parse(kind, of); is {
			return explain(ctx, parsed)
		}
	}
	if _, is := secondOf(of); is {
		return t.ofID(ctx, of)
	}
	var claims token.AccessClaims
	said, readable := unverified(of)
	err := t.verifier.Verify(ctx, of, token.AccessType, &claims)
	switch {
	case err == nil:
		return t.ofAccessToken(ctx, claims, true)
	case !errors.Is(err, oauth.ErrTokenInvalid) && readable:
		return fmt.Errorf("verify a token: %w", err)
	case t.isIDToken(ctx, of):
		return nil
	case readable:
		return t.ofAccessToken(ctx, said, false)
	default:
		return ports.ErrNotFound
	}
}
