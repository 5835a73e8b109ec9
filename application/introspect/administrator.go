package introspect

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// AdministratorQuery presents what somebody proves with that they administer this server: either an
// access token, or the visitor whose session or access key was recognised.
type AdministratorQuery struct {
	Token   oauth.Secret
	Visitor session.Visitor
}

// Refusals of whoever does not administer.
var (
	// ErrNotAdministrator refuses a person who does not hold the permission, and a token of one.
	ErrNotAdministrator = oauth.Refuse(oauth.AccessDenied, "the account does not hold "+oauth.Administrator)
	// ErrNeedsAdministrator refuses a token that was not given the permission (RFC 6750 §3.1).
	ErrNeedsAdministrator = oauth.Refuse(oauth.InsufficientScope, "the access token needs the scope "+oauth.Administrator)
)

// Administrator tells who may look after this server.
type Administrator struct{ examiner }

// NewAdministrator wires the use case.
func NewAdministrator(l ports.Ledger, v ports.Verifier, s *oauth.Server, c ports.Clock) *Administrator {
	return &Administrator{examiner{l, v, s, c}}
}

// Execute gives the account that asks, on state that was read after the question came: asking again
// with the same query tells whether it is still so. The account must hold the permission now,
// whatever it held when its session or its token began.
func (uc *Administrator) Execute(ctx context.Context, q AdministratorQuery) (oauth.AccountID, error) {
	a, err := uc.person(ctx, q)
	if err == nil && !a.Permissions().Has(oauth.Administrator) {
		err = ErrNotAdministrator
	}
	if err != nil {
		return "", err
	}
	return a.AccountID(), nil
}

func (uc *Administrator) person(ctx context.Context, q AdministratorQuery) (*account.Account, error) {
	if q.Token != "" {
		return uc.holder(ctx, q.Token)
	}
	return uc.visitor(ctx, q.Visitor)
}

// visitor is the account of a session or of an access key that lives.
func (uc *Administrator) visitor(ctx context.Context, v session.Visitor) (*account.Account, error) {
	s, a := session.Named(v.Session), account.Named(v.Account)
	about := []event.Aggregate{a}
	if v.Key == "" {
		about = append(about, s)
	}
	err := uc.ledger.Load(ctx, about...)
	if err != nil {
		return nil, err
	}
	at := uc.clock.Now()
	byKey := v.Key != "" && a.MayUseKeys() && a.KeyLives(v.Key, at)
	bySession := v.Key == "" && s.Live(at) && s.Account() == v.Account && a.Recognises(s.View().AuthTime)
	if a.Served() != nil || !byKey && !bySession {
		return nil, session.ErrNotSignedIn
	}
	return a, nil
}

// holder is the account that an access token stands for. The token must be meant for this server,
// so that no other service that is shown it can use it here (RFC 9068 §4), and whoever gave it must
// not have taken it back: this server knows at once, and need not wait for its expiry.
func (uc *Administrator) holder(ctx context.Context, t oauth.Secret) (*account.Account, error) {
	x, err := uc.verify(ctx, t.Reveal())
	if err != nil {
		return nil, err
	}
	c := client.Named(oauth.ClientID(x.claims.Client))
	err = uc.ledger.Load(ctx, append(x.about(), c)...)
	switch {
	case err != nil:
		return nil, err
	case !x.claims.IsFor([]string{uc.server.Issuer}), x.standing() != nil, !c.Active(), x.takenBack(uc.clock.Now()):
		return nil, oauth.ErrTokenInvalid
	case !oauth.Scope(x.claims.Scope).Has(oauth.Administrator):
		return nil, ErrNeedsAdministrator
	case x.account.Served() != nil: // a client's own, that nobody owns
		return nil, ErrNotAdministrator
	}
	return x.account, nil
}

// takenBack reports whether the grant of the token was revoked, or the key is gone that allowed it.
func (e examined) takenBack(at time.Time) bool {
	g := e.grant.View()
	return !g.Revoked.IsZero() || g.Key != "" && !e.account.KeyLives(g.Key, at)
}
