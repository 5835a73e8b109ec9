package introspect

import (
	"context"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// TokenQuery asks about a token (RFC 7662 §2.1).
type TokenQuery struct {
	Client client.Credentials
	Token  string
}

// Answer is what is told of a live token (RFC 7662 §2.2). A token that is not live, or not for the
// one who asks, is told nothing of but Active false.
type Answer struct {
	Active    bool
	Scope     oauth.Scope
	Client    oauth.ClientID
	Subject   string
	Expires   int64
	IssuedAt  int64
	Audience  any
	JTI       string
	Grant     string
	TokenType string // empty for refresh tokens
}

// Token serves the introspection endpoint.
type Token struct {
	examiner
	keys oauth.TokenKeys
}

// NewToken wires the use case.
func NewToken(l ports.Ledger, v ports.Verifier, s *oauth.Server, k oauth.TokenKeys, c ports.Clock) *Token {
	return &Token{examiner: examiner{l, v, s, c}, keys: k}
}

// Execute answers. A confidential client sees tokens that were issued to it and those that are
// meant for it; a public client only its own; a refresh token is seen only by its owner.
func (uc *Token) Execute(ctx context.Context, q TokenQuery) (Answer, error) {
	c := client.Named(q.Client.ID)
	if refresh, is := uc.keys.Parse(oauth.RefreshToken, q.Token); is {
		return uc.refreshToken(ctx, c, q, refresh)
	}
	x, err := uc.verify(ctx, q.Token)
	foreign := errors.Is(err, oauth.ErrTokenInvalid)
	if err != nil && !foreign {
		return Answer{}, err
	}
	about := []event.Aggregate{c}
	if !foreign {
		about = append(about, x.about()...)
	}
	err = uc.ledger.Load(ctx, about...)
	if err != nil {
		return Answer{}, err
	}
	err = c.Authenticate(q.Client, uc.clock.Now())
	if err != nil || foreign || x.standing() != nil || !maySee(c, x.claims) {
		return Answer{}, err
	}
	return answerOf(x.claims), nil
}

func maySee(c *client.Client, claims token.AccessClaims) bool {
	if claims.Client == string(c.ClientID()) {
		return true
	}
	return c.View().Confidential && claims.IsFor(c.View().Audiences)
}

func answerOf(c token.AccessClaims) Answer {
	return Answer{
		Active: true, Scope: oauth.Scope(c.Scope), Client: oauth.ClientID(c.Client), Subject: c.Subject,
		Expires: c.Expires, IssuedAt: c.IssuedAt, Audience: c.Audience, JTI: c.JTI, Grant: c.Grant, TokenType: "Bearer",
	}
}

func (uc *Token) refreshToken(ctx context.Context, c *client.Client, q TokenQuery, refresh oauth.Opaque) (Answer, error) {
	g, a := grant.Named(refresh.ID()), account.Named("")
	err := uc.ledger.Load(ctx, g, c, a)
	if err != nil {
		return Answer{}, err
	}
	at := uc.clock.Now()
	err = c.Authenticate(q.Client, at)
	s := g.View()
	if err != nil || s.Client != c.ClientID() || !g.HasLive(refresh, at) || !mayRefresh(c, a) || s.Key != "" && !a.KeyLives(s.Key, at) {
		return Answer{}, err
	}
	return Answer{
		Active: true, Scope: s.Scope, Client: s.Client, Subject: string(s.Account), Grant: g.ID(),
		Expires: s.IdleUntil.Unix(), IssuedAt: latest(s.Opened, s.Rotated).Unix(),
	}, nil
}

// mayRefresh reports whether client and account have what a refresh takes besides the token.
func mayRefresh(c *client.Client, a *account.Account) bool {
	return c.MayRefresh() && a.Served() == nil && c.Allowance(a.Permissions()).MayUseClients()
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
