package authorize

import (
	"context"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// approver turns an approval into a code.
type approver struct {
	ledger  ports.Ledger
	server  *oauth.Server
	keys    oauth.TokenKeys
	clock   ports.Clock
	entropy ports.Entropy
}

// approval is a request that a visitor approves.
type approval struct {
	id      string
	request checked
	client  oauth.ClientID
	visitor session.Visitor
}

func approvalOf(r *checked, c *client.Client, v session.Visitor, id string) approval {
	return approval{id: id, request: *r, client: c.ClientID(), visitor: v}
}

// approve issues the code, for the scope that client and account allow at this moment, and returns
// the authorization response. Of several decisions on one request the first stands.
func (uc *approver) approve(ctx context.Context, ap approval) (string, error) {
	var secret [32]byte
	uc.entropy.Fill(secret[:])
	code := uc.keys.Mint(oauth.AuthorizationCode, ap.id, 0, secret)
	z, c := authorization.Undecided(ap.id), client.Named(ap.client)
	a, s := account.Named(ap.visitor.Account), session.Named(ap.visitor.Session)
	err := uc.ledger.Decide(ctx, func() error {
		err := uc.standing(ap.visitor, c, a, s)
		if err != nil {
			return err
		}
		at := uc.clock.Now()
		return z.Approve(authorization.Approved{
			Client: ap.client, Account: ap.visitor.Account, Session: ap.visitor.Session,
			Redirect: ap.request.redirect, Implied: ap.request.Redirect == "",
			Scope:     uc.server.Vocabulary.Canonical(c.Allowance(a.Permissions()).AtConsent(ap.request.scope)),
			Resources: ap.request.Resources, Nonce: ap.request.Nonce, Challenge: ap.request.challenge,
			Code: code.Digest(), AuthTime: ap.visitor.AuthTime, AMR: ap.visitor.AMR, Key: ap.visitor.Key,
			Until: at.Add(uc.server.Lifetimes.Code),
		}, at)
	}, z, c, a, s)
	if err != nil {
		return "", decidedAs(err)
	}
	return ap.request.response(uc.server.Issuer, ap.request.redirect, "code", code.Reveal()), nil
}

// standing is looked at again when the code is issued, for much may have changed since the page
// was shown.
func (uc *approver) standing(v session.Visitor, c *client.Client, a *account.Account, s *session.Session) error {
	switch {
	case !stands(v, s, a, uc.clock.Now()):
		return session.ErrNotSignedIn
	case !c.Active():
		return client.ErrUnknown
	case a.Served() != nil, !c.Allowance(a.Permissions()).MayUseClients():
		return account.ErrMayNotUseClients
	default:
		return c.MayUse(oauth.AuthorizationCodeGrant)
	}
}

// stands reports whether the person is still signed in, or the person's access key still opens.
func stands(v session.Visitor, s *session.Session, a *account.Account, at time.Time) bool {
	if v.Key != "" {
		return a.MayUseKeys() && a.KeyLives(v.Key, at)
	}
	return s.Live(at) && a.Recognises(s.View().AuthTime)
}

// decidedAs tells a request that somebody decided first as what it is.
func decidedAs(err error) error {
	if errors.Is(err, ports.ErrConflict) {
		return authorization.ErrDecided
	}
	return err
}
