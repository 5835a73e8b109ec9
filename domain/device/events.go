package device

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Device authorization.
//
//sumtype:decl
type Event interface{ isDeviceEvent() }

// Requested says that a device asked for an authorization.
type Requested struct {
	Client    oauth.ClientID `json:"client"`
	Scope     oauth.Scope    `json:"scope"`
	Resources []string       `json:"resources,omitempty"`
	Code      oauth.Digest   `json:"code"`
	UserCode  string         `json:"user_code"` // a keyed digest
	Until     time.Time      `json:"until"`
}

// Claimed says that a person entered the user code.
type Claimed struct {
	Account oauth.AccountID `json:"account"`
}

// Approved says that the person approved the request.
type Approved struct {
	Account  oauth.AccountID `json:"account"`
	Session  string          `json:"session,omitempty"`
	Scope    oauth.Scope     `json:"scope"`
	AuthTime time.Time       `json:"auth_time"`
	AMR      []string        `json:"amr,omitempty"`
}

// Denied says that the person denied the request.
type Denied struct {
	Account oauth.AccountID `json:"account"`
}

// Redeemed says that the device got its tokens.
type Redeemed struct{}

func (Requested) isDeviceEvent() {}
func (Claimed) isDeviceEvent()   {}
func (Approved) isDeviceEvent()  {}
func (Denied) isDeviceEvent()    {}
func (Redeemed) isDeviceEvent()  {}

// Kind is the kind of a device authorization's stream.
const Kind = "device"

// Catalogue is the only place that knows how device events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Requested]("requested"),
	event.Define[Claimed]("claimed"),
	event.Define[Approved]("approved"),
	event.Define[Denied]("denied"),
	event.Define[Redeemed]("redeemed"),
)
