package grant

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Grant.
//
//sumtype:decl
type Event interface{ isGrantEvent() }

// Opened says that an account allowed a client something, and that the first tokens were issued.
type Opened struct {
	Client      oauth.ClientID  `json:"client"`
	Account     oauth.AccountID `json:"account"`
	Via         oauth.GrantType `json:"via"`
	Session     string          `json:"session,omitempty"`
	Scope       oauth.Scope     `json:"scope"`
	Resources   []string        `json:"resources,omitempty"`
	AuthTime    time.Time       `json:"auth_time,omitzero"`
	AMR         []string        `json:"amr,omitempty"`
	JTI         string          `json:"jti"`
	AccessUntil time.Time       `json:"access_until"`
	Refresh     oauth.Digest    `json:"refresh,omitempty"` // of the first refresh token
	IdleUntil   time.Time       `json:"idle_until,omitzero"`
	Until       time.Time       `json:"until,omitzero"` // the absolute end of the family
	Key         string          `json:"key,omitempty"`  // the access key that allowed it, instead of a session
}

// Refreshed says that the live refresh token was spent and tokens were issued for it. Without a
// successor the family has ended.
type Refreshed struct {
	Generation  uint32       `json:"gen"` // of the successor
	Salt        []byte       `json:"salt,omitempty"`
	Refresh     oauth.Digest `json:"refresh,omitempty"` // of the successor
	Scope       oauth.Scope  `json:"scope"`             // of the access token
	JTI         string       `json:"jti"`
	AccessUntil time.Time    `json:"access_until"`
	IdleUntil   time.Time    `json:"idle_until,omitzero"`
}

// RefreshRepeated says that a client which may have lost an answer presented the token that it
// had just spent, and got the same successor again.
type RefreshRepeated struct {
	Generation  uint32      `json:"gen"`
	Scope       oauth.Scope `json:"scope"`
	JTI         string      `json:"jti"`
	AccessUntil time.Time   `json:"access_until"`
}

// Narrowed says what the grant lost because the account or the client lost it, and at which
// refresh: that which the next event tells of. Events of the first revision do not say.
type Narrowed struct {
	Scope      oauth.Scope `json:"scope"` // what is left
	Lost       oauth.Scope `json:"lost"`
	Generation uint32      `json:"gen"` // of the refresh token that it gave
	JTI        string      `json:"jti"`
}

// RefreshTokenReused says that a spent refresh token came back, so that one of its two holders is
// a thief (RFC 9700 §4.14.2).
type RefreshTokenReused struct {
	Generation uint32 `json:"gen"`
}

// CodeReplayed says that the code which opened the grant was presented again (RFC 6749 §4.1.2).
type CodeReplayed struct{}

// Revoked says that the grant gives no more tokens.
type Revoked struct {
	Reason Reason `json:"reason"`
	By     string `json:"by,omitempty"` // the id of the account or client that asked for it
}

func (Opened) isGrantEvent()             {}
func (Refreshed) isGrantEvent()          {}
func (RefreshRepeated) isGrantEvent()    {}
func (Narrowed) isGrantEvent()           {}
func (RefreshTokenReused) isGrantEvent() {}
func (CodeReplayed) isGrantEvent()       {}
func (Revoked) isGrantEvent()            {}

// Kind is the kind of a grant's stream.
const Kind = "grant"

// Catalogue is the only place that knows how grant events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Opened]("opened", event.Was(openedV1.upgrade)),
	event.Define[Refreshed]("refreshed"),
	event.Define[RefreshRepeated]("refresh_repeated"),
	event.Define[Narrowed]("narrowed", event.Was(narrowedV1.upgrade)),
	event.Define[RefreshTokenReused]("refresh_token_reused"),
	event.Define[CodeReplayed]("code_replayed"),
	event.Define[Revoked]("revoked"),
)

// Reason says why a grant was revoked.
type Reason string

// The reasons.
const (
	ByOwner      Reason = "owner"       // the person whose account it is
	ByClient     Reason = "client"      // the client itself (RFC 7009)
	ByAdmin      Reason = "admin"       // whoever runs the server
	ByTokenReuse Reason = "token_reuse" // compromise: a spent refresh token came back
	ByCodeReplay Reason = "code_replay" // compromise: a spent code came back
	ByKey        Reason = "key"         // the access key that allowed it ended
)

// IsCompromise reports whether somebody may hold tokens who should not.
func (r Reason) IsCompromise() bool { return r == ByTokenReuse || r == ByCodeReplay }

// openedV1 is Opened before access keys could allow anything.
type openedV1 struct {
	Client      oauth.ClientID  `json:"client"`
	Account     oauth.AccountID `json:"account"`
	Via         oauth.GrantType `json:"via"`
	Session     string          `json:"session,omitempty"`
	Scope       oauth.Scope     `json:"scope"`
	Resources   []string        `json:"resources,omitempty"`
	AuthTime    time.Time       `json:"auth_time,omitzero"`
	AMR         []string        `json:"amr,omitempty"`
	JTI         string          `json:"jti"`
	AccessUntil time.Time       `json:"access_until"`
	Refresh     oauth.Digest    `json:"refresh,omitempty"`
	IdleUntil   time.Time       `json:"idle_until,omitzero"`
	Until       time.Time       `json:"until,omitzero"`
}

func (e openedV1) upgrade() Opened {
	return Opened{
		Client: e.Client, Account: e.Account, Via: e.Via, Session: e.Session, Scope: e.Scope, Resources: e.Resources,
		AuthTime: e.AuthTime, AMR: e.AMR, JTI: e.JTI, AccessUntil: e.AccessUntil, Refresh: e.Refresh,
		IdleUntil: e.IdleUntil, Until: e.Until,
	}
}

// narrowedV1 is Narrowed before it named the refresh.
type narrowedV1 struct {
	Scope oauth.Scope `json:"scope"`
	Lost  oauth.Scope `json:"lost"`
}

func (e narrowedV1) upgrade() Narrowed { return Narrowed{Scope: e.Scope, Lost: e.Lost} }
