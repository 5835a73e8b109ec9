package authorize

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ConsentQuery asks what a visitor is to decide on.
type ConsentQuery struct {
	RequestID string
	Visitor   session.Visitor
}

// ConsentView is what a person sees before deciding.
type ConsentView struct {
	Client    client.State
	Redirect  oauth.RedirectURI
	Requested oauth.Scope
	Granted   oauth.Scope // what approval would give now
	Resources []string
	Inherits  bool // all permissions of the account go with it
	Expires   time.Time
}

// Consent serves the consent page and its JSON twin.
type Consent struct {
	ledger  ports.Ledger
	pending *Pending
	begin   *Begin
}

// NewConsent wires the use case.
func NewConsent(l ports.Ledger, p *Pending, b *Begin) *Consent {
	return &Consent{ledger: l, pending: p, begin: b}
}

// Read shows the request. It changes nothing.
func (uc *Consent) Read(ctx context.Context, q ConsentQuery) (ConsentView, error) {
	w, err := uc.pending.takeReady(ctx, q.RequestID, q.Visitor)
	if err != nil {
		return ConsentView{}, err
	}
	c, a, z := client.Named(w.Client), account.Named(q.Visitor.Account), authorization.Named(w.decision())
	err = uc.ledger.Load(ctx, c, a, z)
	if err != nil {
		return ConsentView{}, err
	}
	again, err := uc.recheck(c, z, w.Request)
	if err != nil {
		return ConsentView{}, err
	}
	allowance := c.Allowance(a.Permissions())
	if a.Served() != nil || !allowance.MayUseClients() {
		return ConsentView{}, account.ErrMayNotUseClients
	}
	return ConsentView{
		Client: c.View(), Redirect: again.redirect, Requested: again.scope,
		Granted:   uc.begin.server.Vocabulary.Canonical(allowance.AtConsent(again.scope)),
		Resources: again.Resources, Expires: w.expires,
		Inherits: c.View().Policy == oauth.Inherit && again.scope.Permissions() == "",
	}, nil
}

// recheck makes the checks of the beginning again, for the client may have changed since.
func (uc *Consent) recheck(c *client.Client, z *authorization.Authorization, r Request) (checked, error) {
	again := checked{Request: r}
	switch {
	case z.Exists():
		return again, authorization.ErrDecided
	case !c.Active():
		return again, client.ErrUnknown
	}
	redirect, err := c.Redirect(r.Redirect, r.wantsOpenID())
	if err != nil {
		return again, err
	}
	again.redirect = redirect
	for _, check := range checks {
		err = check(uc.begin, c, &again)
		if err != nil {
			return again, err
		}
	}
	return again, nil
}

// ConsentCommand decides on a request.
type ConsentCommand struct {
	RequestID string
	Approve   bool
	Visitor   session.Visitor
}

// Decide decides, once, and returns the authorization response. Denying needs no permission.
func (uc *Consent) Decide(ctx context.Context, cmd ConsentCommand) (location string, err error) {
	w, err := uc.pending.takeReady(ctx, cmd.RequestID, cmd.Visitor)
	if err != nil {
		return "", err
	}
	c, z := client.Named(w.Client), authorization.Named(w.decision())
	err = uc.ledger.Load(ctx, c, z)
	if err != nil {
		return "", err
	}
	again, err := uc.recheck(c, z, w.Request)
	if err != nil {
		return "", err
	}
	if cmd.Approve {
		return uc.begin.approve.approve(ctx, approvalOf(&again, c, cmd.Visitor, w.decision()))
	}
	return uc.deny(ctx, w.decision(), again, cmd.Visitor)
}

func (uc *Consent) deny(ctx context.Context, id string, r checked, v session.Visitor) (string, error) {
	z, s, a := authorization.Undecided(id), session.Named(v.Session), account.Named(v.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.begin.clock.Now()
		if !stands(v, s, a, at) {
			return session.ErrNotSignedIn
		}
		return z.Deny(r.Client, v.Account, at)
	}, z, s, a)
	if err != nil {
		return "", decidedAs(err)
	}
	return r.response(uc.begin.server.Issuer, r.redirect, "error", string(oauth.AccessDenied)), nil
}
