package grant

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals. Whoever presents a refresh token that cannot be used learns nothing about why.
var (
	// ErrRefreshToken refuses a refresh token that is unknown, expired, revoked or another
	// client's.
	ErrRefreshToken = oauth.Refuse(oauth.InvalidGrant, "the refresh token is unknown, expired, revoked or another client's")
	// ErrReused refuses a refresh token that was spent before; the grant is revoked.
	ErrReused = oauth.Refuse(oauth.InvalidGrant, "the refresh token was used before; the grant is revoked")
	// ErrScope refuses to refresh for more than was granted.
	ErrScope = oauth.Refuse(oauth.InvalidScope, "the scope exceeds what was granted")
	// ErrResource refuses to refresh for a resource that was not granted.
	ErrResource = oauth.Refuse(oauth.InvalidTarget, "the resource was not granted")
	// ErrOpen refuses to open a grant twice.
	ErrOpen = oauth.Refuse(oauth.InvalidGrant, "the grant is open already")
)

// retention is how long the row of an ended grant is kept, so that its owner and its client can
// still be told what became of it.
const retention = 7 * 24 * time.Hour

// Grant is what an account allowed a client.
type Grant struct {
	event.Root
	state State
}

// State is what the row of a grant keeps. Its size does not depend on how often it was refreshed.
type State struct {
	Client      oauth.ClientID  `json:"client"`
	Account     oauth.AccountID `json:"account"`
	Via         oauth.GrantType `json:"via"`
	Session     string          `json:"session,omitempty"`
	Scope       oauth.Scope     `json:"scope"`
	Resources   []string        `json:"resources,omitempty"`
	AuthTime    time.Time       `json:"auth_time,omitzero"`
	AMR         []string        `json:"amr,omitempty"`
	Opened      time.Time       `json:"opened"`
	Generation  uint32          `json:"gen"`
	Salt        []byte          `json:"salt,omitempty"`
	Refresh     oauth.Digest    `json:"refresh,omitempty"` // of the live refresh token; empty: there is none
	Rotated     time.Time       `json:"rotated,omitzero"`
	Scoped      oauth.Scope     `json:"scoped,omitempty"` // of the last access token
	AccessUntil time.Time       `json:"access_until"`
	IdleUntil   time.Time       `json:"idle_until,omitzero"`
	Until       time.Time       `json:"until,omitzero"`
	Revoked     time.Time       `json:"revoked,omitzero"`
	Reason      Reason          `json:"reason,omitempty"`
	Key         string          `json:"key,omitempty"`
}

// Named is the grant with an id, to be loaded.
func Named(id string) *Grant { return &Grant{Root: event.Existing(Kind, id)} }

// Opening is what a grant begins with. Refresh is the first refresh token, or the zero value when
// the client gets none.
type Opening struct {
	Client    oauth.ClientID
	Account   oauth.AccountID
	Via       oauth.GrantType
	Session   string
	Key       string // of the account's access keys, the one that allowed it; empty: a person did
	Scope     oauth.Scope
	Resources []string
	AuthTime  time.Time
	AMR       []string
	JTI       string
	Refresh   oauth.Opaque
	Lifetimes oauth.Lifetimes
	At        time.Time
}

// Open begins the grant.
func (g *Grant) Open(o Opening) error {
	if g.Exists() {
		return ErrOpen
	}
	opened := Opened{
		Client: o.Client, Account: o.Account, Via: o.Via, Session: o.Session,
		Scope: o.Scope, Resources: o.Resources, AuthTime: o.AuthTime, AMR: o.AMR,
		JTI: o.JTI, AccessUntil: o.At.Add(o.Lifetimes.Access), Key: o.Key,
	}
	if !o.Refresh.IsZero() {
		opened.Refresh = o.Refresh.Digest()
		opened.Until = o.At.Add(o.Lifetimes.Absolute)
		opened.IdleUntil = earlier(o.At.Add(o.Lifetimes.Idle), opened.Until)
	}
	g.record(opened, o.At)
	return nil
}

// Revoke ends the grant. Doing it again changes nothing.
func (g *Grant) Revoke(reason Reason, by string, at time.Time) {
	if g.Exists() && g.state.Revoked.IsZero() {
		g.record(Revoked{Reason: reason, By: by}, at)
	}
}

// RevokeBy ends the grant for a client that presents any refresh token of its family (RFC 7009
// §2.1). A token of another client's grant changes nothing.
func (g *Grant) RevokeBy(client oauth.ClientID, token oauth.Opaque, at time.Time) {
	if g.knows(client, token) {
		g.Revoke(ByClient, string(client), at)
	}
}

// ReplayCode records that the code which opened the grant came back, and revokes it.
func (g *Grant) ReplayCode(at time.Time) {
	if g.Exists() && g.state.Revoked.IsZero() {
		g.record(CodeReplayed{}, at)
		g.Revoke(ByCodeReplay, "", at)
	}
}

// knows reports whether token is, or was, one of this family and of the client's.
func (g *Grant) knows(client oauth.ClientID, token oauth.Opaque) bool {
	s := g.state
	if !g.Exists() || s.Client != client || token.Generation() > s.Generation {
		return false
	}
	return token.Generation() < s.Generation || token.Digest().Matches(s.Refresh)
}

// HasLive reports whether token is the live refresh token at a moment.
func (g *Grant) HasLive(token oauth.Opaque, at time.Time) bool {
	return g.Exists() && g.refreshable(at) && token.Generation() == g.state.Generation && token.Digest().Matches(g.state.Refresh)
}

func (g *Grant) refreshable(at time.Time) bool {
	return g.state.Revoked.IsZero() && g.state.Refresh != "" && at.Before(g.state.IdleUntil)
}

// Compromised reports whether the grant was revoked because somebody may hold tokens who should
// not. Writ's own endpoints then refuse also the access tokens that are out.
func (g *Grant) Compromised() bool { return g.state.Reason.IsCompromise() }

// AllowedBy is the id of the access key that allowed the grant, or empty. The grant ends with it.
func (g *Grant) AllowedBy() string { return g.state.Key }

// View is the state, for those who show it.
func (g *Grant) View() State { return g.state }

func (g *Grant) record(e Event, at time.Time) { g.Record(e, at); g.apply(e, at) }

// Catalogue implements event.Aggregate.
func (g *Grant) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (g *Grant) State() event.State { return &g.state }

// Replay implements event.Aggregate.
func (g *Grant) Replay(e any, at time.Time) { g.apply(e.(Event), at) }

func (g *Grant) apply(e Event, at time.Time) {
	s := &g.state
	switch e := e.(type) {
	case Opened:
		*s = State{
			Client: e.Client, Account: e.Account, Via: e.Via, Session: e.Session, Scope: e.Scope,
			Resources: e.Resources, AuthTime: e.AuthTime, AMR: e.AMR, Opened: at, Refresh: e.Refresh,
			Scoped: e.Scope, AccessUntil: e.AccessUntil, IdleUntil: e.IdleUntil, Until: e.Until, Key: e.Key,
		}
	case Refreshed:
		s.Generation, s.Salt, s.Refresh, s.Rotated, s.Scoped = e.Generation, e.Salt, e.Refresh, at, e.Scope
		s.AccessUntil, s.IdleUntil = later(s.AccessUntil, e.AccessUntil), e.IdleUntil
	case RefreshRepeated:
		s.AccessUntil = later(s.AccessUntil, e.AccessUntil)
	case Narrowed:
		s.Scope = e.Scope
	case RefreshTokenReused, CodeReplayed:
		// What follows from them is an event of its own.
	case Revoked:
		s.Revoked, s.Reason = at, e.Reason
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// Index implements event.State.
func (s *State) Index() event.Index {
	return event.Index{
		Account: string(s.Account),
		Client:  string(s.Client),
		Ends:    s.Ends(),
		Keep:    endOfDay(later(s.Ends(), s.AccessUntil).Add(retention)),
	}
}

// endOfDay is the midnight after t (UTC). What is kept until then does not move with each refresh, so
// that a store which finds rows by it has nothing to move either.
func endOfDay(t time.Time) time.Time {
	const day = 24 * time.Hour
	return t.Truncate(day).Add(day)
}

// Ends is when the grant is no longer live: when it was revoked, or when neither its refresh token
// nor its last access token can be used any more.
func (s *State) Ends() time.Time {
	switch {
	case !s.Revoked.IsZero():
		return s.Revoked
	case s.Refresh == "":
		return s.AccessUntil
	default:
		return later(s.IdleUntil, s.AccessUntil)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
