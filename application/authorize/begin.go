package authorize

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// BeginCommand is a request at the authorization endpoint.
type BeginCommand struct {
	Request Request
	Visitor *session.Visitor // nil: nobody is signed in
}

// Begin serves the authorization endpoint.
type Begin struct {
	ledger  ports.Ledger
	shelf   ports.Shelf
	pending *Pending
	approve *approver
	server  *oauth.Server
	clock   ports.Clock
}

// NewBegin wires the use case.
func NewBegin(l ports.Ledger, sh ports.Shelf, p *Pending, s *oauth.Server, k oauth.TokenKeys, c ports.Clock, e ports.Entropy) *Begin {
	return &Begin{ledger: l, shelf: sh, pending: p, approve: &approver{l, s, k, c, e}, server: s, clock: c}
}

// Execute checks the request. A refusal that is returned as an error is for the person alone, for
// nothing may be sent to a redirect URI that is in doubt (RFC 6749 §4.1.2.1); every other refusal
// is an outcome.
func (uc *Begin) Execute(ctx context.Context, cmd BeginCommand) (Outcome, error) {
	c, a := client.Named(cmd.Request.Client), account.Named(visitorAccount(cmd.Visitor))
	err := uc.ledger.Load(ctx, c, a)
	if err != nil {
		return Outcome{}, err
	}
	if !c.Active() {
		return Outcome{}, client.ErrUnknown
	}
	redirect, err := c.Redirect(cmd.Request.Redirect, cmd.Request.wantsOpenID())
	if err != nil {
		return Outcome{}, err
	}
	r := checked{Request: cmd.Request, redirect: redirect}
	outcome, err := uc.proceed(ctx, c, a, &r, cmd.Visitor)
	if err != nil {
		return r.errorResponse(uc.server.Issuer, redirect, err)
	}
	return outcome, nil
}

func visitorAccount(v *session.Visitor) oauth.AccountID {
	if v == nil {
		return ""
	}
	return v.Account
}

func (uc *Begin) proceed(ctx context.Context, c *client.Client, a *account.Account, r *checked, v *session.Visitor) (Outcome, error) {
	for _, check := range checks {
		err := check(uc, c, r)
		if err != nil {
			return Outcome{}, err
		}
	}
	switch {
	case v == nil && r.prompts("none"):
		return Outcome{}, session.ErrNotSignedIn
	case v == nil:
		return Outcome{SignIn: true}, nil
	case a.Served() != nil, !c.Allowance(a.Permissions()).MayUseClients():
		return Outcome{}, account.ErrMayNotUseClients
	}
	return uc.consent(ctx, c, a, r, *v)
}

var errConsent = oauth.Refuse(oauth.ConsentRequired, "the person has to be asked")

// consent asks the person, unless an earlier approval stands for the request.
func (uc *Begin) consent(ctx context.Context, c *client.Client, a *account.Account, r *checked, v session.Visitor) (Outcome, error) {
	remembered, err := uc.remembers(ctx, c, a, r, v.Key)
	switch {
	case err != nil:
		return Outcome{}, err
	case remembered:
		location, err := uc.approve.approve(ctx, approvalOf(r, c, v, uc.pending.newID()))
		return Outcome{Location: location}, err
	case r.prompts("none"):
		return Outcome{}, errConsent
	}
	id, err := uc.pending.keep(ctx, r.Request, v)
	return Outcome{Consent: id}, err
}

// remembers reports whether a live grant of the same account to the same client, as it is now, covers
// all that the request would be given, for the same resources. Whoever allowed something to a client
// of another name, or with other redirect URIs, did not allow it to this one (RFC 6749 §10.2). What an
// access key allowed is remembered for that key alone, for it ends with it.
func (uc *Begin) remembers(ctx context.Context, c *client.Client, a *account.Account, r *checked, key string) (bool, error) {
	if r.prompts("consent") || r.prompts("login") || r.prompts("select_account") || !c.RemembersConsent(r.redirect) {
		return false, nil
	}
	grants, _, err := uc.shelf.Grants(ctx, ports.Query{
		Account: string(a.AccountID()), Client: string(c.ClientID()), Live: uc.clock.Now(), Limit: rememberedGrants,
	})
	wanted := c.Allowance(a.Permissions()).AtConsent(r.scope)
	if !c.MayRefresh() {
		wanted = wanted.Without(oauth.OfflineAccess) // which no grant of this client has
	}
	for _, g := range grants {
		s := g.View()
		if s.Key == key && !s.Opened.Before(c.View().Revised) && s.Scope.Covers(wanted) && sameSet(s.Resources, r.Resources) {
			return true, err
		}
	}
	return false, err
}

// rememberedGrants bounds how many of a person's grants to one client are looked at.
const rememberedGrants = 50

func sameSet(a, b []string) bool {
	return len(a) == len(b) && oauth.CoversResources(a, b) && oauth.CoversResources(b, a)
}

// interactionLifetime is how long a request waits for its decision.
const interactionLifetime = 10 * time.Minute
