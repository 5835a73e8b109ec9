package issue

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// RefreshTokenCommand asks for new tokens against a refresh token (RFC 6749 §6).
type RefreshTokenCommand struct {
	Client    client.Credentials
	Token     string
	Scope     string
	Resources []string
}

// ByRefreshToken issues tokens for refresh tokens, and rotates these.
type ByRefreshToken struct {
	ledger  ports.Ledger
	stamps  ports.Stamps
	mint    mint
	keys    oauth.TokenKeys
	clock   ports.Clock
	entropy ports.Entropy
}

// NewByRefreshToken wires the use case.
func NewByRefreshToken(l ports.Ledger, st ports.Stamps, s *oauth.Server, k oauth.TokenKeys, signer ports.Signer, c ports.Clock, e ports.Entropy) *ByRefreshToken {
	return &ByRefreshToken{ledger: l, stamps: st, mint: mint{s, signer}, keys: k, clock: c, entropy: e}
}

// Execute spends the token and issues its successor. The reuse of a spent token revokes the grant,
// and is refused.
func (uc *ByRefreshToken) Execute(ctx context.Context, cmd RefreshTokenCommand) (Tokens, error) {
	presented, _ := uc.keys.Parse(oauth.RefreshToken, cmd.Token)
	g, c, a := grant.Named(presented.ID()), client.Named(cmd.Client.ID), account.Named("")
	r := grant.Refresh{
		Token: presented, Resources: cmd.Resources, JTI: uc.entropy.ID(), Salt: make([]byte, 16),
		Lifetimes: uc.mint.server.Lifetimes,
	}
	uc.entropy.Fill(r.Salt)
	t, err := uc.mint.issue(ctx, uc.ledger, func() (Tokens, order, error) {
		r.At = uc.clock.Now()
		decided, err := uc.decide(g, c, a, cmd, r)
		if err != nil {
			return Tokens{}, order{}, err
		}
		return Tokens{Scope: decided.Scope, Refresh: decided.Refresh}, uc.order(g, c, a, decided, r), nil
	}, g, c, a)
	if err == nil {
		uc.stamps.Touch(event.Stream{Kind: grant.Kind, ID: g.ID()}, r.At)
	}
	return t, err
}

// decide recognises the token before it looks at anything else, so that a reuse is caught also
// when the account or the client has lost its rights.
func (uc *ByRefreshToken) decide(g *grant.Grant, c *client.Client, a *account.Account, cmd RefreshTokenCommand, r grant.Refresh) (grant.Tokens, error) {
	err := uc.mint.mayUse(c, cmd.Client, oauth.RefreshTokenGrant, r.At)
	if err != nil {
		return grant.Tokens{}, err
	}
	r.Client, r.Window, r.Allowance = c.ClientID(), uc.window(c), c.Allowance(a.Permissions())
	err = g.Present(r)
	switch {
	case err != nil:
		return grant.Tokens{}, err
	case a.Served() != nil, !r.Allowance.MayUseClients():
		return grant.Tokens{}, account.ErrNotServed
	case g.AllowedBy() != "" && !a.KeyLives(g.AllowedBy(), r.At):
		g.Revoke(grant.ByKey, g.AllowedBy(), r.At)
		return grant.Tokens{}, grant.ErrRefreshToken
	}
	err = uc.mint.serves(c, firstOf(cmd.Resources, g.View().Resources))
	if err != nil {
		return grant.Tokens{}, err
	}
	r.Scope, err = uc.mint.server.Vocabulary.Parse(cmd.Scope)
	if err != nil {
		return grant.Tokens{}, err
	}
	return g.Refresh(r)
}

func (uc *ByRefreshToken) window(c *client.Client) time.Duration {
	if own := c.View().ReuseWindow; own != nil {
		return *own
	}
	return uc.mint.server.ReuseWindow
}

func (uc *ByRefreshToken) order(g *grant.Grant, c *client.Client, a *account.Account, decided grant.Tokens, r grant.Refresh) order {
	state := g.View()
	who := person{account: a, client: c, grant: g.ID(), authTime: state.AuthTime, amr: state.AMR}
	what := tokens{scope: decided.Scope, resources: decided.Resources, at: r.At}
	return uc.mint.orderFor(who, r.JTI, what)
}
