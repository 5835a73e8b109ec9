package account

import (
	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about an Account.
//
//sumtype:decl
type Event interface{ isAccountEvent() }

// Opened says that an account exists. A shadow account is known only by what another service
// announced of it.
type Opened struct {
	Permissions oauth.Scope `json:"permissions"`
	Shadow      bool        `json:"shadow,omitempty"`
}

// Adopted says that a shadow account became a full one.
type Adopted struct {
	Permissions oauth.Scope `json:"permissions"`
}

// ProfileChanged says what the profile is from now on. Fields names what differs.
type ProfileChanged struct {
	Account  string   `json:"account"`
	Profile  Profile  `json:"profile"`
	Fields   []string `json:"fields"`
	Sequence uint64   `json:"sequence,omitempty"` // of the announcement, when another service made it
}

// PasswordChanged says that the account has a new password.
type PasswordChanged struct {
	Account string         `json:"account"`
	Hash    event.Personal `json:"hash"`
}

// PermissionsChanged says which permissions the account has from now on.
type PermissionsChanged struct {
	Permissions oauth.Scope `json:"permissions"`
	Sequence    uint64      `json:"sequence,omitempty"`
}

// Suspended says that the account may not be served until it is reinstated.
type Suspended struct {
	Sequence uint64 `json:"sequence,omitempty"`
}

// Reinstated says that the account may be served again.
type Reinstated struct {
	Sequence uint64 `json:"sequence,omitempty"`
}

// Deleted says that the account ended; its personal data went with its key.
type Deleted struct {
	Account string `json:"account"`
}

func (Opened) isAccountEvent()             {}
func (Adopted) isAccountEvent()            {}
func (ProfileChanged) isAccountEvent()     {}
func (PasswordChanged) isAccountEvent()    {}
func (PermissionsChanged) isAccountEvent() {}
func (Suspended) isAccountEvent()          {}
func (Reinstated) isAccountEvent()         {}
func (Deleted) isAccountEvent()            {}

// DataSubject implements event.AboutPerson.
func (e ProfileChanged) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e PasswordChanged) DataSubject() string { return e.Account }

// Erases implements event.Erasure.
func (e Deleted) Erases() string { return e.Account }

// Kind is the kind of an account's stream; its id is the account id.
const Kind = "account"

// Catalogue is the only place that knows how account events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Opened]("opened"),
	event.Define[Adopted]("adopted"),
	event.Define[ProfileChanged]("profile_changed"),
	event.Define[PasswordChanged]("password_changed"),
	event.Define[PermissionsChanged]("permissions_changed"),
	event.Define[Suspended]("suspended"),
	event.Define[Reinstated]("reinstated"),
	event.Define[Deleted]("deleted"),
)
