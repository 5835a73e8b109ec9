package introspect

import (
	"context"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// examiner examines access tokens of this server.
type examiner struct {
	ledger   ports.Ledger
	verifier ports.Verifier
	server   *oauth.Server
	clock    ports.Clock
}

// examined is an access token that is good by itself, with what its standing depends on.
type examined struct {
	claims     token.AccessClaims
	grant      *grant.Grant
	account    *account.Account
	revocation *token.Revocation
}

// verify checks what the token says of itself: signature, type, issuer and expiry (RFC 9068 §4).
func (x examiner) verify(ctx context.Context, s string) (examined, error) {
	var c token.AccessClaims
	err := x.verifier.Verify(ctx, s, token.AccessType, &c)
	if err != nil {
		return examined{}, err
	}
	if c.Issuer != x.server.Issuer || c.Expires <= x.clock.Now().Unix() || c.JTI == "" {
		return examined{}, oauth.ErrTokenInvalid
	}
	return examined{
		claims: c, grant: grant.Named(c.Grant), account: account.Named(oauth.AccountID(c.Subject)),
		revocation: token.RevocationOf(c.JTI),
	}, nil
}

// about are the aggregates that the token's standing depends on.
func (e examined) about() []event.Aggregate {
	return []event.Aggregate{e.grant, e.account, e.revocation}
}

// standing refuses a token that was itself revoked, one of a grant that was revoked because of a
// compromise, and one of an account that may not be served. A token without a grant is a client's
// own, whose subject may be the client itself.
func (e examined) standing() error {
	ownerless := e.claims.Grant == "" && e.claims.Subject == e.claims.Client
	switch {
	case e.revocation.Exists(), e.grant.Compromised(), e.account.Served() != nil && !ownerless:
		return oauth.ErrTokenInvalid
	default:
		return nil
	}
}
