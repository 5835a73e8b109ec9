package client

import (
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals of what a client asks for.
var (
	// ErrAuthentication refuses a client without telling whether it is unknown, deleted, came in
	// the wrong way or brought a wrong secret.
	ErrAuthentication = oauth.Refuse(oauth.InvalidClient, "client authentication failed")
	// ErrGrantType refuses a grant type that the client is not registered for.
	ErrGrantType = oauth.Refuse(oauth.UnauthorizedClient, "the client is not registered for this grant type")
	// ErrRedirectURI refuses a redirect URI that is not registered.
	ErrRedirectURI = oauth.Refuse(oauth.InvalidRequest, "redirect_uri is not registered for this client")
	// ErrUnknown says that there is no such client, where this may be said.
	ErrUnknown = oauth.Refuse(oauth.InvalidClient, "unknown client")
	// ErrClientID refuses a client id that could not be sent in a header or a form.
	ErrClientID = oauth.Refuse(oauth.InvalidRequest, "a client id has 1 to 255 printable ASCII characters")
	// ErrTaken refuses to register a client id a second time.
	ErrTaken = oauth.Refuse(oauth.InvalidRequest, "this client id is taken")
	// ErrPublicSecret refuses to give a secret to a client that cannot keep one.
	ErrPublicSecret = oauth.Refuse(oauth.InvalidRequest, "a public client has no secret")
)

// Client is a registered client.
type Client struct {
	event.Root
	state State
}

// State is what the row of a client keeps.
type State struct {
	ID       string          `json:"id"`
	ClientID oauth.ClientID  `json:"client_id"`
	Owner    oauth.AccountID `json:"owner,omitempty"`
	Settings
	Secrets []Secret  `json:"secrets,omitempty"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Revised time.Time `json:"revised,omitzero"` // when the settings were replaced; zero: never
	Deleted bool      `json:"deleted,omitempty"`
}

// Secret is the digest of a client secret and the moment at which it ends; zero: never.
type Secret struct {
	Digest oauth.Digest `json:"digest"`
	Until  time.Time    `json:"until,omitzero"`
}

// Named is the client with a client_id, to be loaded.
func Named(id oauth.ClientID) *Client { return &Client{Root: event.Existing(Kind, string(id))} }

// Unregistered is the client that a registration under a client_id is to begin.
func Unregistered(id oauth.ClientID) *Client { return &Client{Root: event.Unborn(Kind, string(id))} }

// Registration is what a new client begins with.
type Registration struct {
	ID       string // the row id of the management API
	Owner    oauth.AccountID
	Settings Settings
	Secret   oauth.Digest // of confidential clients
	At       time.Time
}

// Register begins the client.
func (c *Client) Register(r Registration) error {
	switch {
	case c.Exists():
		return ErrTaken
	case !validClientID(c.ID()):
		return ErrClientID
	}
	err := r.Settings.Check()
	if err != nil {
		return err
	}
	c.record(Registered{ID: r.ID, Owner: r.Owner, Settings: r.Settings, Secret: r.Secret}, r.At)
	return nil
}

func validClientID(id string) bool {
	for i := 0; i < len(id); i++ {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= 255
}

// Credentials are what a request brought to authenticate its client with.
type Credentials struct {
	ID     oauth.ClientID
	Method oauth.AuthMethod
	Secret oauth.Secret
}

// Authenticate accepts a client that proves itself in its registered way (RFC 6749 §2.3). All
// refusals are alike.
func (c *Client) Authenticate(cred Credentials, at time.Time) error {
	digest := oauth.DigestOf([]byte(cred.Secret)) // also for a client that has none: the same work
	known := c.Active() && cred.Method == c.state.AuthMethod
	if !known || c.state.Confidential && !c.holds(digest, at) {
		return ErrAuthentication
	}
	return nil
}

func (c *Client) holds(digest oauth.Digest, at time.Time) bool {
	held := false
	for _, s := range c.state.Secrets {
		if digest.Matches(s.Digest) && (s.Until.IsZero() || at.Before(s.Until)) {
			held = true
		}
	}
	return held
}

// MayUse refuses a grant type that the client is not registered for.
func (c *Client) MayUse(g oauth.GrantType) error {
	if !c.state.may(g) {
		return ErrGrantType
	}
	return nil
}

// Redirect finds the redirect URI of a request among the registered ones. It may be left out only
// when exactly one is registered and no ID token is asked for (OIDC Core §3.1.2.1).
func (c *Client) Redirect(requested oauth.RedirectURI, openID bool) (oauth.RedirectURI, error) {
	if requested == "" && len(c.state.RedirectURIs) == 1 && !openID {
		return c.state.RedirectURIs[0], nil
	}
	for _, registered := range c.state.RedirectURIs {
		if requested != "" && registered.Matches(requested) {
			return requested, nil
		}
	}
	return "", ErrRedirectURI
}

// Change replaces the settings.
func (c *Client) Change(s Settings, at time.Time) error {
	if !c.Active() {
		return ErrUnknown
	}
	err := s.Check()
	if err != nil {
		return err
	}
	c.record(Changed{Settings: s}, at)
	return nil
}

// RotateSecret gives the client a new secret; the newest one before still works until oldUntil.
func (c *Client) RotateSecret(digest oauth.Digest, oldUntil, at time.Time) error {
	switch {
	case !c.Active():
		return ErrUnknown
	case !c.state.Confidential:
		return ErrPublicSecret
	}
	c.record(SecretRotated{Secret: digest, OldUntil: oldUntil}, at)
	return nil
}

// Delete ends the client. Doing it again changes nothing.
func (c *Client) Delete(at time.Time) error {
	if !c.Exists() {
		return ErrUnknown
	}
	if c.Active() {
		c.record(Deleted{}, at)
	}
	return nil
}

// Active reports whether the client is registered and not deleted.
func (c *Client) Active() bool { return c.Exists() && !c.state.Deleted }

// ClientID is the protocol's identifier.
func (c *Client) ClientID() oauth.ClientID { return c.state.ClientID }

// View is the state, for those who show it.
func (c *Client) View() State { return c.state }

// Allowance is the client's part of what bounds a scope; held is the account's.
func (c *Client) Allowance(held oauth.Scope) oauth.Allowance {
	return oauth.Allowance{Policy: c.state.Policy, Allowed: c.state.Allowed, Held: held}
}

// MayRefresh reports whether the client can be given refresh tokens.
func (c *Client) MayRefresh() bool { return c.state.may(oauth.RefreshTokenGrant) }

// RemembersConsent reports whether an earlier approval may stand for a new request that goes to
// redirect: only where the client proves itself, or its host does (RFC 8252 §8.6).
func (c *Client) RemembersConsent(redirect oauth.RedirectURI) bool {
	return c.state.Confidential || redirect.IsHTTPS()
}

func (c *Client) record(e Event, at time.Time) { c.Record(e, at); c.apply(e, at) }

// Catalogue implements event.Aggregate.
func (c *Client) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (c *Client) State() event.State { return &c.state }

// Replay implements event.Aggregate.
func (c *Client) Replay(e any, at time.Time) { c.apply(e.(Event), at) }

func (c *Client) apply(e Event, at time.Time) {
	s := &c.state
	s.Updated = at
	switch e := e.(type) {
	case Registered:
		s.ID, s.ClientID, s.Owner, s.Settings, s.Created = e.ID, oauth.ClientID(c.ID()), e.Owner, e.Settings, at
		if e.Secret != "" {
			s.Secrets = []Secret{{Digest: e.Secret}}
		}
	case Changed:
		s.Settings, s.Revised = e.Settings, at
	case SecretRotated:
		s.Secrets = append([]Secret{{Digest: e.Secret}}, ending(s.Secrets, e.OldUntil)...)
	case Deleted:
		s.Deleted, s.Secrets = true, nil
	}
}

// ending keeps the newest of the secrets, until a moment.
func ending(secrets []Secret, until time.Time) []Secret {
	newest := slices.Clone(secrets[:min(1, len(secrets))])
	for i := range newest {
		newest[i].Until = until
	}
	return newest
}

// Shape implements event.State. Since 2 it says when the settings were replaced.
func (*State) Shape() int { return 2 }

// Index implements event.State. The client id stays taken for good, among those of accounts too.
func (s *State) Index() event.Index {
	return event.Index{
		Account: string(s.Owner),
		Client:  string(s.ClientID),
		Unique: []event.Unique{
			{Kind: "subject", Value: string(s.ClientID)},
			{Kind: "client", Value: s.ID},
		},
	}
}
