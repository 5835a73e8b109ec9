package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"writ/ports"
)

// party is one provider.
type party struct {
	Provider

	callback string
	client   *http.Client
	local    bool
	clock    ports.Clock

	mu     sync.Mutex
	found  *found
	failed error // of the last discovery
	again  time.Time
}

// found is what discovery told.
type found struct {
	provider *oidc.Provider
	keys     oidc.KeySet
	metadata metadata
	until    time.Time
}

// metadata is what go-oidc does not read of the discovery document.
type metadata struct {
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	SendsIssuer           bool     `json:"authorization_response_iss_parameter_supported"`
}

const (
	foundFor = time.Hour       // a discovery document is believed
	failsFor = 5 * time.Second // a provider that could not be reached is left alone
)

// discover finds the provider's endpoints, once an hour; or, while it cannot, every few seconds, however
// many people want to go there.
func (p *party) discover(ctx context.Context) (*found, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.clock.Now()
	switch {
	case p.found != nil && at.Before(p.found.until):
		return p.found, nil
	case p.failed != nil && at.Before(p.again):
		return nil, p.failed
	}
	p.found, p.failed = p.look(ctx, at)
	p.again = p.clock.Now().Add(failsFor)
	if ctx.Err() != nil {
		p.again = at // it may be whoever asked who went away
	}
	return p.found, p.failed
}

func (p *party) look(ctx context.Context, at time.Time) (*found, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover provider %s: %w", p.Name, err)
	}
	f := &found{provider: provider, until: at.Add(foundFor)}
	err = provider.Claims(&f.metadata)
	if err == nil {
		err = p.check(f.metadata)
	}
	if err != nil {
		return nil, fmt.Errorf("read the metadata of provider %s: %w", p.Name, err)
	}
	f.keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.WithoutCancel(ctx), p.client), f.metadata.JWKSURI)
	return f, nil
}

var errPlain = errors.New("an endpoint is not https")

// check refuses a provider whose endpoints anybody on the way could change.
func (p *party) check(m metadata) error {
	for _, endpoint := range []string{m.AuthorizationEndpoint, m.TokenEndpoint, m.JWKSURI, cmp.Or(m.UserInfoEndpoint, m.JWKSURI)} {
		u, err := url.Parse(endpoint)
		plain := p.local && err == nil && u.Scheme == "http"
		if err != nil || u.Host == "" || u.Scheme != "https" && !plain {
			return errPlain
		}
	}
	return nil
}

// registration is this server as a client of the provider. How it authenticates is never tried out,
// for a code that was sent in the wrong way is spent.
func (p *party) registration(f *found) *oauth2.Config {
	endpoint := f.provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // the default of OIDC Discovery §3
	if m := f.metadata.AuthMethods; p.ClientSecret == "" || len(m) > 0 && !slices.Contains(m, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), Endpoint: endpoint, RedirectURL: p.callback,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
}

func (p *party) ask(ctx context.Context, q ports.UpstreamQuestion) (string, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.registration(f).AuthCodeURL(q.State, oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(string(q.Verifier))), nil
}

func (p *party) answer(ctx context.Context, a ports.UpstreamAnswer) (ports.UpstreamPerson, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return ports.UpstreamPerson{}, err
	}
	if a.Issuer != "" && a.Issuer != p.Issuer || a.Issuer == "" && f.metadata.SendsIssuer {
		return ports.UpstreamPerson{}, fmt.Errorf("provider %s: another one answered: %w", p.Name, ports.ErrUnproven)
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := p.registration(f).Exchange(ctx, a.Code.Reveal(), oauth2.VerifierOption(string(a.Question.Verifier)))
	if err != nil {
		return ports.UpstreamPerson{}, p.refusal(err)
	}
	said, err := p.verify(ctx, f, tokens, a.Question.Nonce)
	if err != nil {
		return ports.UpstreamPerson{}, err
	}
	return said.person(p.Issuer), nil
}

// refusal tells a code that the provider refused from a provider that cannot answer. What it said
// beyond the error code is its own affair.
func (p *party) refusal(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		return fmt.Errorf("provider %s refused the code: %w", p.Name, ports.ErrUnproven)
	}
	if errors.As(err, &refused) {
		return fmt.Errorf("redeem a code at provider %s: it answered %q", p.Name, refused.ErrorCode)
	}
	return fmt.Errorf("redeem a code at provider %s: %w", p.Name, err)
}
