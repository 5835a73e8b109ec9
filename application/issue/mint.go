package issue

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/token"
	"writ/ports"
)

// mint signs what was decided.
type mint struct {
	server *oauth.Server
	signer ports.Signer
}

// order is what to sign.
type order struct {
	access token.AccessClaims
	id     *token.IDClaims // nil: no ID token
	idAlg  oauth.SigningAlg
}

// signed is what came of an order.
type signed struct {
	access, id string
	err        error
}

// ready reports an outage of the signer before anything is spent on tokens for a client: what was
// spent could not be presented again.
func (m mint) ready(c *client.Client) error {
	return errors.Join(m.signer.Ready(m.server.AccessAlg), m.signer.Ready(idAlg(c)))
}

// serves refuses resources that the client may not ask tokens for any more, although it was given
// them once.
func (m mint) serves(c *client.Client, resources []string) error {
	return m.server.CheckResources(resources, c.View().Audiences)
}

// issue has l decide what is to be issued, and signs it beside the commit.
func (m mint) issue(ctx context.Context, l ports.Ledger, decide func() (Tokens, order, error), about ...event.Aggregate) (Tokens, error) {
	var t Tokens
	var o order
	var s signed
	err := l.DecideBeside(ctx,
		func() (err error) { t, o, err = decide(); return err },
		func() { s = m.sign(ctx, o) },
		about...)
	if err != nil {
		return Tokens{}, err
	}
	return m.answer(s, t)
}

func (m mint) sign(ctx context.Context, o order) signed {
	access, err := m.signer.Sign(ctx, m.server.AccessAlg, token.AccessType, o.access)
	if err != nil || o.id == nil {
		return signed{access: access, err: err}
	}
	o.id.AccessHash = accessHash(o.idAlg, access)
	id, err := m.signer.Sign(ctx, o.idAlg, token.IDType, o.id)
	return signed{access: access, id: id, err: err}
}

// answer puts the signed tokens beside what was decided.
func (m mint) answer(s signed, t Tokens) (Tokens, error) {
	if s.err != nil {
		return Tokens{}, fmt.Errorf("sign tokens: %w", s.err)
	}
	t.Access, t.ID = oauth.Secret(s.access), oauth.Secret(s.id)
	t.ExpiresIn = m.server.Lifetimes.Access
	return t, nil
}

// accessHash is the at_hash of an access token (OIDC Core §3.1.3.6): the left half of its hash by
// the hash function of the ID token's algorithm, which for Ed25519 is SHA-512.
func accessHash(alg oauth.SigningAlg, access string) string {
	if alg == oauth.EdDSA {
		sum := sha512.Sum512([]byte(access))
		return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// forPerson are the claims of an access token that a person allowed.
func (m mint) forPerson(p person, jti string, t tokens) token.AccessClaims {
	return token.AccessClaims{
		Issuer:   m.server.Issuer,
		Subject:  string(p.account.AccountID()),
		Audience: token.AudienceClaim(m.server.AudienceFor(t.resources)),
		Expires:  t.at.Add(m.server.Lifetimes.Access).Unix(),
		IssuedAt: t.at.Unix(),
		JTI:      jti,
		Client:   string(p.client.ClientID()),
		Scope:    string(t.scope),
		Grant:    p.grant,
		AuthTime: unixOrZero(p.authTime),
	}
}

// person says whose tokens these are, and for whom.
type person struct {
	account  *account.Account
	client   *client.Client
	grant    string
	authTime time.Time
	amr      []string
}

// tokens says what was decided.
type tokens struct {
	scope     oauth.Scope
	resources []string
	nonce     string
	at        time.Time
}

// orderFor is the access token, and the ID token when openid was granted (OIDC Core §3.1.3.3).
func (m mint) orderFor(p person, jti string, t tokens) order {
	o := order{access: m.forPerson(p, jti, t), idAlg: idAlg(p.client)}
	if t.scope.Has(oauth.OpenID) {
		o.id = m.idClaims(p, t, o.access)
	}
	return o
}

func idAlg(c *client.Client) oauth.SigningAlg {
	if alg := c.View().IDTokenAlg; alg != "" {
		return alg
	}
	return oauth.RS256 // OIDC Core §2 and Dynamic Registration §2
}

func (m mint) idClaims(p person, t tokens, access token.AccessClaims) *token.IDClaims {
	id := &token.IDClaims{
		Issuer:   access.Issuer,
		Subject:  access.Subject,
		Audience: access.Client,
		Expires:  access.Expires,
		IssuedAt: access.IssuedAt,
		AuthTime: access.AuthTime,
		Nonce:    t.nonce,
		AMR:      p.amr,
		ACR:      session.ACR(p.amr),
	}
	profile := p.account.View().Profile
	if m.server.ProfileInID && t.scope.Has(oauth.Profile) {
		id.Name = profile.Name.Reveal()
	}
	if m.server.ProfileInID && t.scope.Has(oauth.Email) && profile.Email != "" {
		verified := profile.EmailVerified
		id.Email, id.EmailVerified = profile.Email.Reveal(), &verified
	}
	return id
}

func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
