package revoke

import (
	"context"
	"errors"
	"time"

	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// TokenCommand asks to revoke a token.
type TokenCommand struct {
	Client client.Credentials
	Token  string
}

// Token serves the revocation endpoint.
type Token struct {
	ledger   ports.Ledger
	verifier ports.Verifier
	keys     oauth.TokenKeys
	clock    ports.Clock
}

// NewToken wires the use case.
func NewToken(l ports.Ledger, v ports.Verifier, k oauth.TokenKeys, c ports.Clock) *Token {
	return &Token{ledger: l, verifier: v, keys: k, clock: c}
}

// Execute revokes. A refresh token takes its whole grant with it; an access token only itself. A
// token that nobody knows, or another client's, is as revoked as it can be (RFC 7009 §2.2).
func (uc *Token) Execute(ctx context.Context, cmd TokenCommand) error {
	if refresh, is := uc.keys.Parse(oauth.RefreshToken, cmd.Token); is {
		return uc.refreshToken(ctx, cmd, refresh)
	}
	var claims token.AccessClaims
	err := uc.verifier.Verify(ctx, cmd.Token, token.AccessType, &claims)
	if err != nil && !errors.Is(err, oauth.ErrTokenInvalid) {
		return err
	}
	return uc.accessToken(ctx, cmd, claims)
}

func (uc *Token) refreshToken(ctx context.Context, cmd TokenCommand, refresh oauth.Opaque) error {
	g, c := grant.Named(refresh.ID()), client.Named(cmd.Client.ID)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		err := c.Authenticate(cmd.Client, at)
		if err != nil {
			return err
		}
		g.RevokeBy(c.ClientID(), refresh, at)
		return nil
	}, g, c)
}

// accessToken revokes a token of the client's own until it expires. The zero claims are those of
// no token at all: then only the client is authenticated.
func (uc *Token) accessToken(ctx context.Context, cmd TokenCommand, claims token.AccessClaims) error {
	r, c := token.RevocationOf(claims.JTI), client.Named(cmd.Client.ID)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		err := c.Authenticate(cmd.Client, at)
		if err != nil {
			return err
		}
		expires := time.Unix(claims.Expires, 0).UTC()
		if claims.Client == string(c.ClientID()) && claims.JTI != "" && at.Before(expires) {
			r.Revoke(c.ClientID(), expires, at)
		}
		return nil
	}, r, c)
}
