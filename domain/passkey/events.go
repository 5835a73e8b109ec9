package passkey

import (
	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Passkey.
//
//sumtype:decl
type Event interface{ isPasskeyEvent() }

// Registered says that a person's authenticator made a credential.
type Registered struct {
	Account    oauth.AccountID `json:"account"`
	Name       event.Personal  `json:"name"`
	Credential Credential      `json:"credential"`
}

// Renamed says what the person calls the passkey from now on.
type Renamed struct {
	Account oauth.AccountID `json:"account"`
	Name    event.Personal  `json:"name"`
}

// Used says that the authenticator counted on, or that the credential was copied to where it is
// backed up, or is no longer. A use that changes nothing of this is no fact.
type Used struct {
	Counter  uint32 `json:"counter"`
	BackedUp bool   `json:"backed_up,omitempty"`
	Cloned   bool   `json:"cloned,omitempty"` // the counter went back: two authenticators may have the key
}

// Removed says that the passkey signs nobody in any more.
type Removed struct{}

func (Registered) isPasskeyEvent() {}
func (Renamed) isPasskeyEvent()    {}
func (Used) isPasskeyEvent()       {}
func (Removed) isPasskeyEvent()    {}

// DataSubject implements event.AboutPerson.
func (e Registered) DataSubject() string { return string(e.Account) }

// DataSubject implements event.AboutPerson.
func (e Renamed) DataSubject() string { return string(e.Account) }

// Kind is the kind of a passkey's stream; its id is that of StreamOf.
const Kind = "passkey"

// Catalogue is the only place that knows how passkey events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Registered]("registered"),
	event.Define[Renamed]("renamed"),
	event.Define[Used]("used"),
	event.Define[Removed]("removed"),
)
