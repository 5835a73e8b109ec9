package wiring

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.uber.org/fx"

	"writ/adapters/httpapi"
	"writ/adapters/upstream"
	"writ/adapters/webauthn"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Ways are those of signing in without a secret that a person must remember: passkeys, other
// providers, and the access keys of programs.
var Ways = fx.Module("ways",
	fx.Provide(
		newParty,
		signin.NewPasskeyBegin,
		signin.NewPasskeyFinish,
		maintain.NewPasskeys,
		newParties,
		signin.NewUpstreamBegin,
		newUpstreamFinish,
		maintain.NewIdentities,
		signin.NewRecogniseKey,
		maintain.NewKeys,
	),
	plays[ports.Passkeys, *webauthn.Party](),
	plays[ports.Upstreams, *upstream.Parties](),
)

// newParty makes credentials for the host of the issuer, to be used on its pages and on those of the
// frontends beside it.
func newParty(s Settings, server *oauth.Server) (*webauthn.Party, error) {
	issuer, err := url.Parse(server.Issuer)
	if err != nil {
		return nil, err
	}
	return webauthn.New(webauthn.Config{
		Domain: cmp.Or(s.PasskeyDomain, issuer.Hostname()), Name: "Writ", Origins: append([]string{issuer.Scheme + "://" + issuer.Host}, s.WebOrigins...),
	})
}

// waysIn is what the endpoints of these ways call.
type waysIn struct {
	fx.In
	PasskeyBegin  *signin.PasskeyBegin
	PasskeyFinish *signin.PasskeyFinish
	OwnPasskeys   *maintain.Passkeys
	RecogniseKey  *signin.RecogniseKey
	OwnKeys       *maintain.Keys

	UpstreamBegin  *signin.UpstreamBegin
	UpstreamFinish *signin.UpstreamFinish
	OwnIdentities  *maintain.Identities
}

func (in waysIn) passkeys() httpapi.PasskeyUseCases {
	return httpapi.PasskeyUseCases{Begin: in.PasskeyBegin, Finish: in.PasskeyFinish, Own: in.OwnPasskeys}
}

func (in waysIn) keys() httpapi.KeyUseCases {
	return httpapi.KeyUseCases{Recognise: in.RecogniseKey, Own: in.OwnKeys}
}

func (in waysIn) upstream() httpapi.UpstreamUseCases {
	return httpapi.UpstreamUseCases{Begin: in.UpstreamBegin, Finish: in.UpstreamFinish, Own: in.OwnIdentities}
}

// newParties are the other providers. They send people back to the endpoint under the issuer.
func newParties(s Settings, server *oauth.Server, clock ports.Clock) (*upstream.Parties, error) {
	var m mistakes
	cfg := upstream.Config{
		Providers: s.providers(&m), Networks: s.upstreamNetworks(&m),
		Callback: strings.TrimSuffix(strings.TrimSuffix(server.Issuer, "/"), "/api") + "/api/auth/upstream/{name}/callback",
	}
	if err := errors.Join(m...); err != nil {
		return nil, err
	}
	return upstream.New(cfg, clock)
}

// upstreamIn is what those who come back from other providers need.
type upstreamIn struct {
	fx.In
	Ledger    ports.Ledger
	Finder    ports.Finder
	Upstreams ports.Upstreams
	Vault     ports.Vault
	Clock     ports.Clock
	Entropy   ports.Entropy
	Server    *oauth.Server
	Keys      oauth.TokenKeys
}

func newUpstreamFinish(in upstreamIn, open signin.SignUpPolicy) *signin.UpstreamFinish {
	return signin.NewUpstreamFinish(signin.UpstreamRoles{
		Ledger: in.Ledger, Finder: in.Finder, Upstreams: in.Upstreams, Vault: in.Vault, Clock: in.Clock, Entropy: in.Entropy,
	}, in.Server, in.Keys, open)
}

// checkWays looks at the settings of these ways.
func (s Settings) checkWays(issuer string, m *mistakes) {
	s.providers(m)
	s.upstreamNetworks(m)
	host := ""
	if u, err := url.Parse(issuer); err == nil {
		host = u.Hostname()
	}
	if d := s.PasskeyDomain; d != "" && d != host && !strings.HasSuffix(host, "."+d) {
		m.add("WRIT_PASSKEY_DOMAIN", "must be the host of the issuer, or a domain above it")
	}
}

// providerName is what a provider may be called: it stands in paths.
var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// providers reads name=issuer;client_id;client_secret;label, the last two of which may be left out.
// Secrets are in no message.
func (s Settings) providers(m *mistakes) []upstream.Provider {
	all := slices.Clone(s.Upstreams)
	if s.UpstreamsFile != "" {
		text, err := os.ReadFile(s.UpstreamsFile)
		if err != nil {
			m.add("WRIT_UPSTREAMS_FILE", "%v", err)
		}
		all = append(all, lines(string(text))...)
	}
	var found []upstream.Provider
	for i, text := range all {
		p, err := providerOf(text)
		twice := slices.ContainsFunc(found, func(other upstream.Provider) bool { return other.Name == p.Name || other.Issuer == p.Issuer })
		switch {
		case err != nil:
			m.add("WRIT_UPSTREAMS", "provider %d %v", i+1, err)
		case twice:
			m.add("WRIT_UPSTREAMS", "provider %d has the name or the issuer of another", i+1)
		default:
			found = append(found, p)
		}
	}
	return found
}

func providerOf(text string) (upstream.Provider, error) {
	name, rest, _ := strings.Cut(text, "=")
	parts := append(strings.Split(rest, ";"), "", "", "")
	p := upstream.Provider{
		Name: name, Issuer: parts[0], ClientID: parts[1], ClientSecret: oauth.Secret(parts[2]), Label: cmp.Or(parts[3], name),
	}
	issuer, err := url.Parse(p.Issuer)
	switch {
	case !providerName.MatchString(name):
		return p, errors.New("must begin with a name of a-z, 0-9 and -, and =")
	case err != nil, issuer.Host == "", issuer.RawQuery != "", issuer.Fragment != "", issuer.User != nil:
		return p, fmt.Errorf("(%s) needs the URL of an issuer after the =", name)
	case issuer.Scheme != "https" && (issuer.Scheme != "http" || !isLoopback(issuer.Hostname())):
		return p, fmt.Errorf("(%s) must have an https issuer unless its host is loopback", name)
	case p.ClientID == "":
		return p, fmt.Errorf("(%s) needs ;client_id after the issuer", name)
	default:
		return p, nil
	}
}

func (s Settings) upstreamNetworks(m *mistakes) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range s.UpstreamNetworks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			m.add("WRIT_UPSTREAM_NETWORKS", "%q is no network, such as 10.0.0.0/8", text)
			continue
		}
		all = append(all, p)
	}
	return all
}
