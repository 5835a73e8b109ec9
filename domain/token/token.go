package token

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a single access token.
//
//sumtype:decl
type Event interface{ isTokenEvent() }

// Issued says that a client got an access token on its own behalf.
type Issued struct {
	Client    oauth.ClientID  `json:"client"`
	Account   oauth.AccountID `json:"account,omitempty"` // the client's owner
	Scope     oauth.Scope     `json:"scope,omitempty"`
	Audience  []string        `json:"aud,omitempty"` // when it is not the server's own
	ExpiresAt time.Time       `json:"exp"`
}

// Revoked says that an access token is refused until it expires.
type Revoked struct {
	Client    oauth.ClientID `json:"client"`
	ExpiresAt time.Time      `json:"exp"`
}

func (Issued) isTokenEvent()  {}
func (Revoked) isTokenEvent() {}

// Kinds of streams; the id of either is the token's jti.
const (
	Kind           = "token"
	RevocationKind = "revoked_token"
)

// Catalogue and RevocationCatalogue are the only places that know how these events are stored.
var (
	Catalogue           = event.NewCatalogue(Kind, event.Define[Issued]("issued"))
	RevocationCatalogue = event.NewCatalogue(RevocationKind, event.Define[Revoked]("revoked"))
)

// Issuance is the one fact of a token that a client got on its own behalf.
type Issuance struct{ event.Root }

// Unissued is the issuance of the token with a jti, to be recorded.
func Unissued(jti string) *Issuance { return &Issuance{Root: event.Unborn(Kind, jti)} }

// Issue records the issuance.
func (i *Issuance) Issue(e Issued, at time.Time) { i.Record(e, at) }

// Catalogue implements event.Aggregate.
func (*Issuance) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate: an issuance has no state.
func (*Issuance) State() event.State { return nil }

// Replay implements event.Aggregate.
func (*Issuance) Replay(any, time.Time) {}

// Revocation is the end of one access token before its time.
type Revocation struct {
	event.Root
	state State
}

// State is what the row of a revocation keeps.
type State struct {
	Revoked
}

// RevocationOf is the revocation of the token with a jti, to be loaded.
func RevocationOf(jti string) *Revocation {
	return &Revocation{Root: event.Existing(RevocationKind, jti)}
}

// Revoke refuses the token from now on. Doing it again changes nothing.
func (r *Revocation) Revoke(client oauth.ClientID, expires, at time.Time) {
	if r.Exists() {
		return
	}
	e := Revoked{Client: client, ExpiresAt: expires}
	r.Record(e, at)
	r.Replay(e, at)
}

// Catalogue implements event.Aggregate.
func (*Revocation) Catalogue() *event.Catalogue { return RevocationCatalogue }

// State implements event.Aggregate.
func (r *Revocation) State() event.State { return &r.state }

// Replay implements event.Aggregate.
func (r *Revocation) Replay(e any, _ time.Time) {
	if revoked, ok := e.(Revoked); ok {
		r.state.Revoked = revoked
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// Index implements event.State.
func (s *State) Index() event.Index {
	return event.Index{Client: string(s.Client), Ends: s.ExpiresAt, Keep: s.ExpiresAt}
}
