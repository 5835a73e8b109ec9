package authorization

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about an Authorization.
//
//sumtype:decl
type Event interface{ isAuthorizationEvent() }

// Approved says that a person approved a request, and that a code was issued for it.
type Approved struct {
	Client    oauth.ClientID      `json:"client"`
	Account   oauth.AccountID     `json:"account"`
	Session   string              `json:"session,omitempty"`
	Redirect  oauth.RedirectURI   `json:"redirect"`
	Implied   bool                `json:"implied,omitempty"` // the request left the redirect URI out
	Scope     oauth.Scope         `json:"scope"`
	Resources []string            `json:"resources,omitempty"`
	Nonce     string              `json:"nonce,omitempty"`
	Challenge oauth.CodeChallenge `json:"challenge,omitempty"`
	Code      oauth.Digest        `json:"code"`
	AuthTime  time.Time           `json:"auth_time"`
	AMR       []string            `json:"amr,omitempty"`
	Until     time.Time           `json:"until"`
	Key       string              `json:"key,omitempty"` // the access key that approved it, instead of a session
}

// Denied says that a person denied a request.
type Denied struct {
	Client  oauth.ClientID  `json:"client"`
	Account oauth.AccountID `json:"account"`
}

// VerifierRefused says that the code came with a wrong verifier.
type VerifierRefused struct{}

// Redeemed says that the code was spent.
type Redeemed struct{}

func (Approved) isAuthorizationEvent()        {}
func (Denied) isAuthorizationEvent()          {}
func (VerifierRefused) isAuthorizationEvent() {}
func (Redeemed) isAuthorizationEvent()        {}

// Kind is the kind of an authorization's stream.
const Kind = "authorization"

// Catalogue is the only place that knows how authorization events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Approved]("approved", event.Was(approvedV1.upgrade)),
	event.Define[Denied]("denied"),
	event.Define[VerifierRefused]("verifier_refused"),
	event.Define[Redeemed]("redeemed"),
)

// approvedV1 is Approved before access keys could approve.
type approvedV1 struct {
	Client    oauth.ClientID      `json:"client"`
	Account   oauth.AccountID     `json:"account"`
	Session   string              `json:"session,omitempty"`
	Redirect  oauth.RedirectURI   `json:"redirect"`
	Implied   bool                `json:"implied,omitempty"`
	Scope     oauth.Scope         `json:"scope"`
	Resources []string            `json:"resources,omitempty"`
	Nonce     string              `json:"nonce,omitempty"`
	Challenge oauth.CodeChallenge `json:"challenge,omitempty"`
	Code      oauth.Digest        `json:"code"`
	AuthTime  time.Time           `json:"auth_time"`
	AMR       []string            `json:"amr,omitempty"`
	Until     time.Time           `json:"until"`
}

func (e approvedV1) upgrade() Approved {
	return Approved{
		Client: e.Client, Account: e.Account, Session: e.Session, Redirect: e.Redirect, Implied: e.Implied,
		Scope: e.Scope, Resources: e.Resources, Nonce: e.Nonce, Challenge: e.Challenge, Code: e.Code,
		AuthTime: e.AuthTime, AMR: e.AMR, Until: e.Until,
	}
}
