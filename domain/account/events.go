package account

import (
	"time"

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

// PermissionsChanged says which permissions the account has from now on, and which of its live
// grants have lost some by it.
type PermissionsChanged struct {
	Permissions oauth.Scope `json:"permissions"`
	Sequence    uint64      `json:"sequence,omitempty"`
	Grants      []string    `json:"grants,omitempty"`      // newest first, at most MaxNamedGrants
	MoreGrants  int         `json:"more_grants,omitempty"` // how many there are beside these
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

// ContactAdded says that the person can be reached at one more address.
type ContactAdded struct {
	Account string `json:"account"`
	Contact
}

// ContactVerified says that the person proved to be reached at an address.
type ContactVerified struct {
	Account string         `json:"account"`
	Kind    ContactKind    `json:"kind"`
	Value   event.Personal `json:"value"`
}

// ContactPreferred says which address claims and messages use from now on.
type ContactPreferred struct {
	Account string         `json:"account"`
	Kind    ContactKind    `json:"kind"`
	Value   event.Personal `json:"value"`
}

// ContactRemoved says that an address is the person's no longer.
type ContactRemoved struct {
	Account string         `json:"account"`
	Kind    ContactKind    `json:"kind"`
	Value   event.Personal `json:"value"`
}

// IdentityLinked says that the person signs in with an identity at another provider, too.
type IdentityLinked struct {
	Account string         `json:"account"`
	Issuer  string         `json:"issuer"`
	Subject event.Personal `json:"subject"`
	Email   event.Personal `json:"email,omitempty"`
}

// IdentityUnlinked says that an identity signs the person in no longer.
type IdentityUnlinked struct {
	Account string         `json:"account"`
	Issuer  string         `json:"issuer"`
	Subject event.Personal `json:"subject"`
}

// KeyAdded says that the person has one more access key.
type KeyAdded struct {
	Account string         `json:"account"`
	ID      string         `json:"id"`
	Name    event.Personal `json:"name"`
	Digest  oauth.Digest   `json:"digest"`
	Expires time.Time      `json:"expires,omitzero"`
}

// KeyRemoved says that an access key, and what was granted by it, ended.
type KeyRemoved struct {
	ID string `json:"id"`
}

// SignedOut says that every session that began before is over.
type SignedOut struct {
	Reason string `json:"reason"`
}

func (Opened) isAccountEvent()             {}
func (Adopted) isAccountEvent()            {}
func (ProfileChanged) isAccountEvent()     {}
func (PasswordChanged) isAccountEvent()    {}
func (PermissionsChanged) isAccountEvent() {}
func (Suspended) isAccountEvent()          {}
func (Reinstated) isAccountEvent()         {}
func (Deleted) isAccountEvent()            {}
func (ContactAdded) isAccountEvent()       {}
func (ContactVerified) isAccountEvent()    {}
func (ContactPreferred) isAccountEvent()   {}
func (ContactRemoved) isAccountEvent()     {}
func (IdentityLinked) isAccountEvent()     {}
func (IdentityUnlinked) isAccountEvent()   {}
func (KeyAdded) isAccountEvent()           {}
func (KeyRemoved) isAccountEvent()         {}
func (SignedOut) isAccountEvent()          {}

// DataSubject implements event.AboutPerson.
func (e ProfileChanged) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e PasswordChanged) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e ContactAdded) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e ContactVerified) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e ContactPreferred) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e ContactRemoved) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e IdentityLinked) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e IdentityUnlinked) DataSubject() string { return e.Account }

// DataSubject implements event.AboutPerson.
func (e KeyAdded) DataSubject() string { return e.Account }

// Erases implements event.Erasure.
func (e Deleted) Erases() string { return e.Account }

// Kind is the kind of an account's stream; its id is the account id.
const Kind = "account"

// Catalogue is the only place that knows how account events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Opened]("opened"),
	event.Define[Adopted]("adopted"),
	event.Define[ProfileChanged]("profile_changed", event.Was(profileChangedV1.upgrade)),
	event.Define[PasswordChanged]("password_changed"),
	event.Define[PermissionsChanged]("permissions_changed", event.Was(permissionsChangedV1.upgrade)),
	event.Define[Suspended]("suspended"),
	event.Define[Reinstated]("reinstated"),
	event.Define[Deleted]("deleted"),
	event.Define[ContactAdded]("contact_added"),
	event.Define[ContactVerified]("contact_verified"),
	event.Define[ContactPreferred]("contact_preferred"),
	event.Define[ContactRemoved]("contact_removed"),
	event.Define[IdentityLinked]("identity_linked"),
	event.Define[IdentityUnlinked]("identity_unlinked"),
	event.Define[KeyAdded]("key_added"),
	event.Define[KeyRemoved]("key_removed"),
	event.Define[SignedOut]("signed_out"),
)

// permissionsChangedV1 is PermissionsChanged before it named grants.
type permissionsChangedV1 struct {
	Permissions oauth.Scope `json:"permissions"`
	Sequence    uint64      `json:"sequence,omitempty"`
}

func (e permissionsChangedV1) upgrade() PermissionsChanged {
	return PermissionsChanged{Permissions: e.Permissions, Sequence: e.Sequence}
}

// profileChangedV1 is ProfileChanged before profiles had details and an address.
type profileChangedV1 struct {
	Account string `json:"account"`
	Profile struct {
		Handle        event.Personal `json:"handle,omitempty"`
		Name          event.Personal `json:"name,omitempty"`
		Email         event.Personal `json:"email,omitempty"`
		EmailVerified bool           `json:"email_verified,omitempty"`
		Phone         event.Personal `json:"phone,omitempty"`
		PhoneVerified bool           `json:"phone_verified,omitempty"`
	} `json:"profile"`
	Fields   []string `json:"fields"`
	Sequence uint64   `json:"sequence,omitempty"`
}

func (e profileChangedV1) upgrade() ProfileChanged {
	return ProfileChanged{
		Account: e.Account, Fields: e.Fields, Sequence: e.Sequence,
		Profile: Profile{
			Handle: e.Profile.Handle, Name: e.Profile.Name,
			Email: e.Profile.Email, EmailVerified: e.Profile.EmailVerified,
			Phone: e.Profile.Phone, PhoneVerified: e.Profile.PhoneVerified,
		},
	}
}
