package upstream

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"writ/domain/oauth"
	"writ/ports"
)

// Provider is how this server is registered with another one.
type Provider struct {
	Name         string
	Label        string
	Issuer       string
	ClientID     string
	ClientSecret oauth.Secret // empty: a public client
}

// Config is which providers there are.
type Config struct {
	Providers []Provider
	Callback  string         // where they send people back to; {name} in it is the provider's
	Networks  []netip.Prefix // that providers may be in, besides the public ones
}

// Parties are the providers. They are safe for concurrent use.
type Parties struct {
	all   []ports.Upstream
	named map[string]*party
}

var _ ports.Upstreams = (*Parties)(nil)

// New makes the providers of a configuration. None of them is asked for anything yet.
func New(cfg Config, clock ports.Clock) (*Parties, error) {
	ps := &Parties{named: map[string]*party{}}
	for _, p := range cfg.Providers {
		issuer, err := url.Parse(p.Issuer)
		if err != nil {
			return nil, fmt.Errorf("read the issuer of provider %s: %w", p.Name, err)
		}
		ps.all = append(ps.all, ports.Upstream{Name: p.Name, Label: p.Label, Issuer: p.Issuer})
		ps.named[p.Name] = &party{
			Provider: p, callback: strings.ReplaceAll(cfg.Callback, "{name}", p.Name),
			client: newClient(issuer, cfg.Networks), local: isLoopback(issuer.Hostname()), clock: clock,
		}
	}
	return ps, nil
}

// All implements ports.Upstreams.
func (ps *Parties) All() []ports.Upstream { return ps.all }

// Ask implements ports.Upstreams.
func (ps *Parties) Ask(ctx context.Context, name string, q ports.UpstreamQuestion) (string, error) {
	p, known := ps.named[name]
	if !known {
		return "", fmt.Errorf("ask provider: %w", ports.ErrNotFound)
	}
	return p.ask(ctx, q)
}

// Answer implements ports.Upstreams.
func (ps *Parties) Answer(ctx context.Context, name string, a ports.UpstreamAnswer) (ports.UpstreamPerson, error) {
	p, known := ps.named[name]
	if !known {
		return ports.UpstreamPerson{}, fmt.Errorf("redeem the answer of a provider: %w", ports.ErrNotFound)
	}
	return p.answer(ctx, a)
}
