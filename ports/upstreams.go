package ports

import (
	"context"
	"errors"

	"writ/domain/oauth"
)

// ErrUnproven says that another provider did not prove who somebody is, or was not asked in this way.
var ErrUnproven = errors.New("the other provider has not proven who this is")

// Upstreams are other OpenID providers that people may sign in with. It is safe for concurrent use.
type Upstreams interface {
	// All lists the providers in the order of the configuration.
	All() []Upstream

	// Ask gives the address at which a provider asks the person. It returns ErrNotFound when there is
	// no provider of this name, and any other error when the provider cannot be reached.
	Ask(ctx context.Context, name string, q UpstreamQuestion) (address string, err error)

	// Answer redeems what the provider sent back, and gives who it says the person is: signed by it,
	// for this server, in answer to this question. Everything else is ErrUnproven; a provider that
	// cannot be reached is another error.
	Answer(ctx context.Context, name string, a UpstreamAnswer) (UpstreamPerson, error)
}

// Upstream is one provider.
type Upstream struct {
	Name   string // in paths: a-z, 0-9 and -
	Label  string // for people
	Issuer string
}

// UpstreamQuestion is one authorization request (OIDC Core §3.1.2.1). All of it is new each time.
type UpstreamQuestion struct {
	State    string
	Nonce    string
	Verifier oauth.CodeVerifier
}

// UpstreamAnswer is the authorization response, with the question that it answers.
type UpstreamAnswer struct {
	Question UpstreamQuestion
	Code     oauth.Secret
	Issuer   string // RFC 9207; empty: it was not sent
}

// UpstreamPerson is who somebody is at a provider. An e-mail address is there only if the provider
// has verified it.
type UpstreamPerson struct {
	Issuer  string
	Subject string
	Email   string
	Handle  string // preferred_username
	Name    string
}
