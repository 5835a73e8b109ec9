package introspect

import (
	"context"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// UserInfoQuery asks about the person that an access token stands for (OIDC Core §5.3.1).
type UserInfoQuery struct{ Token oauth.Secret }

// Claims are the claims that the token's scope opens. An empty field is absent.
type Claims struct {
	Subject       string
	Name          string
	Handle        string
	Email         string
	EmailVerified bool
	Phone         string
	PhoneVerified bool
	Updated       int64 // seconds since 1970; zero: absent
	Details       account.Details
	Address       account.Address
}

// ErrNeedsOpenID refuses a token that was not issued for OpenID Connect.
var ErrNeedsOpenID = oauth.Refuse(oauth.InsufficientScope, "userinfo needs the openid scope")

// UserInfo serves the userinfo endpoint.
type UserInfo struct{ examiner }

// NewUserInfo wires the use case.
func NewUserInfo(l ports.Ledger, v ports.Verifier, s *oauth.Server, c ports.Clock) *UserInfo {
	return &UserInfo{examiner{l, v, s, c}}
}

// Execute gives the claims. It takes any live access token of this server with openid, whatever
// its audience; the person's data is as it is now.
func (uc *UserInfo) Execute(ctx context.Context, q UserInfoQuery) (Claims, error) {
	x, err := uc.verify(ctx, q.Token.Reveal())
	if err != nil {
		return Claims{}, err
	}
	err = uc.ledger.Load(ctx, x.about()...)
	switch {
	case err != nil:
		return Claims{}, err
	case x.standing() != nil, x.claims.Grant == "":
		return Claims{}, oauth.ErrTokenInvalid
	case !oauth.Scope(x.claims.Scope).Has(oauth.OpenID):
		return Claims{}, ErrNeedsOpenID
	}
	return claimsOf(x.account, oauth.Scope(x.claims.Scope)), nil
}

func claimsOf(a *account.Account, scope oauth.Scope) Claims {
	p := a.View().Profile
	c := Claims{Subject: a.ID()}
	if scope.Has(oauth.Profile) {
		c.Name, c.Handle, c.Updated = p.Name.Reveal(), p.Handle.Reveal(), a.View().Updated.Unix()
		c.Details = p.Details
	}
	if scope.Has(oauth.Email) {
		c.Email, c.EmailVerified = p.Email.Reveal(), p.EmailVerified
	}
	if scope.Has(oauth.Phone) {
		c.Phone, c.PhoneVerified = p.Phone.Reveal(), p.PhoneVerified
	}
	if scope.Has(oauth.Address) {
		c.Address = p.Address
	}
	return c
}
