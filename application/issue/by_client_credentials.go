package issue

import (
	"context"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// ClientCredentialsCommand asks for a token on the client's own behalf (RFC 6749 §4.4).
type ClientCredentialsCommand struct {
	Client    client.Credentials
	Scope     string
	Resources []string
}

// ErrOwner refuses a client whose owner may not be served.
var ErrOwner = oauth.Refuse(oauth.UnauthorizedClient, "the account that owns the client may not be served")

// ByClientCredentials issues tokens to clients on their own behalf.
type ByClientCredentials struct {
	ledger  ports.Ledger
	mint    mint
	clock   ports.Clock
	entropy ports.Entropy
}

// NewByClientCredentials wires the use case.
func NewByClientCredentials(l ports.Ledger, s *oauth.Server, signer ports.Signer, c ports.Clock, e ports.Entropy) *ByClientCredentials {
	return &ByClientCredentials{ledger: l, mint: mint{s, signer}, clock: c, entropy: e}
}

// Execute issues an access token and nothing else (RFC 6749 §4.4.3).
func (uc *ByClientCredentials) Execute(ctx context.Context, cmd ClientCredentialsCommand) (Tokens, error) {
	c, owner, jti := client.Named(cmd.Client.ID), account.Named(""), uc.entropy.ID()
	issuance := token.Unissued(jti)
	return uc.mint.issue(ctx, uc.ledger, func() (Tokens, order, error) {
		granted, err := uc.grant(cmd, c, owner)
		if err != nil {
			return Tokens{}, order{}, err
		}
		at := uc.clock.Now()
		issuance.Issue(token.Issued{
			Client: c.ClientID(), Account: c.View().Owner, Scope: granted, Audience: cmd.Resources,
			ExpiresAt: at.Add(uc.mint.server.Lifetimes.Access),
		}, at)
		what := tokens{scope: granted, resources: cmd.Resources, at: at}
		return Tokens{Scope: granted}, order{access: uc.claims(c, jti, what)}, nil
	}, c, owner, issuance)
}

// grant decides the scope. A client without an owner is bounded by its own registration alone.
func (uc *ByClientCredentials) grant(cmd ClientCredentialsCommand, c *client.Client, owner *account.Account) (oauth.Scope, error) {
	err := uc.mint.mayUse(c, cmd.Client, oauth.ClientCredentialsGrant, uc.clock.Now())
	if err != nil {
		return "", err
	}
	held := c.View().Allowed
	if c.View().Owner != "" {
		if owner.Served() != nil {
			return "", ErrOwner
		}
		held = owner.Permissions()
	}
	return uc.bound(cmd, c, held)
}

func (uc *ByClientCredentials) bound(cmd ClientCredentialsCommand, c *client.Client, held oauth.Scope) (oauth.Scope, error) {
	requested, err := uc.mint.server.Vocabulary.Parse(cmd.Scope)
	if err != nil {
		return "", err
	}
	err = uc.mint.server.CheckResources(cmd.Resources, c.View().Audiences)
	if err != nil {
		return "", err
	}
	scope, err := c.Allowance(held).ForClientItself(requested)
	return uc.mint.server.Vocabulary.Canonical(scope), err
}

// claims names the owner as the subject, or the client itself when it has none; both are of one
// namespace.
func (uc *ByClientCredentials) claims(c *client.Client, jti string, t tokens) token.AccessClaims {
	subject := string(c.View().Owner)
	if subject == "" {
		subject = string(c.ClientID())
	}
	return token.AccessClaims{
		Issuer:   uc.mint.server.Issuer,
		Subject:  subject,
		Audience: token.AudienceClaim(uc.mint.server.AudienceFor(t.resources)),
		Expires:  t.at.Add(uc.mint.server.Lifetimes.Access).Unix(),
		IssuedAt: t.at.Unix(),
		JTI:      jti,
		Client:   string(c.ClientID()),
		Scope:    string(t.scope),
	}
}
