package client

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Client.
//
//sumtype:decl
type Event interface{ isClientEvent() }

// Registered says that a client exists.
type Registered struct {
	ID       string          `json:"id"` // the row id of the management API
	Owner    oauth.AccountID `json:"owner,omitempty"`
	Settings Settings        `json:"settings"`
	Secret   oauth.Digest    `json:"secret,omitempty"`
}

// Changed says that a client's settings were replaced.
type Changed struct {
	Settings Settings `json:"settings"`
}

// SecretRotated says that a client has a new secret, and until when the one before still works.
type SecretRotated struct {
	Secret   oauth.Digest `json:"secret"`
	OldUntil time.Time    `json:"old_until"`
}

// Deleted says that a client may do nothing any more.
type Deleted struct{}

func (Registered) isClientEvent()    {}
func (Changed) isClientEvent()       {}
func (SecretRotated) isClientEvent() {}
func (Deleted) isClientEvent()       {}

// Kind is the kind of a client's stream; its id is the protocol's client_id.
const Kind = "client"

// Catalogue is the only place that knows how client events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Registered]("registered"),
	event.Define[Changed]("changed"),
	event.Define[SecretRotated]("secret_rotated"),
	event.Define[Deleted]("deleted"),
)
