package authorize

import (
	"cmp"
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

// BeginCommand is a request at the authorization endpoint.
type BeginCommand struct {
	Request  Request
	Visitor  *session.Visitor // nil: nobody is signed in
	Resumed  Resumed          // when the request waited for somebody to sign in
	Selected oauth.AccountID  // who the visitor chose to go on as, when asked by prompt=select_account
}

// Begin serves the authorization endpoint.
type Begin struct {
	ledger   ports.Ledger
	shelf    ports.Shelf
	verifier ports.Verifier
	pending  *Pending
	approve  *approver
	server   *oauth.Server
	clock    ports.Clock
}

// NewBegin wires the use case.
func NewBegin(l ports.Ledger, sh ports.Shelf, v ports.Verifier, p *Pending, s *oauth.Server) *Begin {
	approve := &approver{l, s, p.keys, p.clock, p.entropy}
	return &Begin{ledger: l, shelf: sh, verifier: v, pending: p, approve: approve, server: s, clock: p.clock}
}

// answerable refuses a request whose client and redirect URI do not belong together: nothing may be
// sent there.
func (uc *Begin) answerable(ctx context.Context, r Request) error {
	c := client.Named(r.Client)
	err := uc.ledger.Load(ctx, c)
	if err != nil {
		return err
	}
	_, err = redirectFor(c, r)
	return err
}

func redirectFor(c *client.Client, r Request) (oauth.RedirectURI, error) {
	if !c.Active() {
		return "", client.ErrUnknown
	}
	return c.Redirect(r.Redirect, r.wantsOpenID())
}

// Execute checks the request. A refusal that is returned as an error is for the person alone, for
// nothing may be sent to a redirect URI that is in doubt (RFC 6749 §4.1.2.1); every other refusal
// is an outcome.
func (uc *Begin) Execute(ctx context.Context, cmd BeginCommand) (Outcome, error) {
	c, a := client.Named(cmd.Request.Client), account.Named(visitorAccount(cmd.Visitor))
	z := authorization.Named(cmd.Resumed.id)
	err := uc.ledger.Load(ctx, c, a, z)
	if err != nil {
		return Outcome{}, err
	}
	redirect, err := redirectFor(c, cmd.Request)
	switch {
	case err != nil:
		return Outcome{}, err
	case z.Exists():
		return Outcome{}, authorization.ErrDecided
	}
	r := checked{Request: cmd.Request, redirect: redirect}
	outcome, err := uc.proceed(ctx, c, a, &r, cmd)
	switch {
	case errors.Is(err, authorization.ErrDecided): // the client had its answer, or it is another visitor's to give
		return Outcome{}, err
	case err != nil:
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

func (uc *Begin) proceed(ctx context.Context, c *client.Client, a *account.Account, r *checked, cmd BeginCommand) (Outcome, error) {
	for _, check := range checks {
		err := check(uc, c, r)
		if err != nil {
			return Outcome{}, err
		}
	}
	err := uc.recallHint(ctx, r, cmd.Resumed)
	if err != nil {
		return Outcome{}, err
	}
	wanted := wantedBy(r, cmd)
	switch needed, err := wanted.judge(uc.clock.Now()); {
	case err != nil:
		return Outcome{}, err
	case needed && r.prompts("none"):
		return Outcome{}, session.ErrNotSignedIn
	case needed:
		return uc.signIn(ctx, r, wanted)
	case a.Served() != nil, !c.Allowance(a.Permissions()).MayUseClients():
		return Outcome{}, account.ErrMayNotUseClients
	}
	return uc.consent(ctx, c, a, r, cmd)
}

var errConsent = oauth.Refuse(oauth.ConsentRequired, "the person has to be asked")

// consent asks the person, unless an earlier approval stands for the request. A request that waited
// is from here on the visitor's own, and whatever is decided on it is decided once.
func (uc *Begin) consent(ctx context.Context, c *client.Client, a *account.Account, r *checked, cmd BeginCommand) (Outcome, error) {
	if waited := cmd.Resumed.token; waited != "" {
		_, err := uc.pending.take(ctx, waited, *cmd.Visitor)
		if err != nil {
			return Outcome{}, err
		}
	}
	remembered, err := uc.remembers(ctx, c, a, r, cmd.Visitor.Key)
	switch {
	case err != nil:
		return Outcome{}, err
	case remembered:
		id := cmp.Or(cmd.Resumed.id, uc.pending.newID())
		location, err := uc.approve.approve(ctx, approvalOf(r, c, *cmd.Visitor, id))
		return Outcome{Location: location}, err
	case r.prompts("none"):
		return Outcome{}, errConsent
	}
	id, err := uc.pending.keep(ctx, kept{Request: r.Request, Decides: cmd.Resumed.id}, *cmd.Visitor)
	return Outcome{Consent: id}, err
}

// remembers reports whether a live grant of the same account to the same client, as it is now, covers
// all that the request would be given, for the same resources. Whoever allowed something to a client
// of another name, or with other redirect URIs, did not allow it to this one (RFC 6749 §10.2). What an
// access key allowed is remembered for that key alone, for it ends with it.
func (uc *Begin) remembers(ctx context.Context, c *client.Client, a *account.Account, r *checked, key string) (bool, error) {
	if r.prompts("consent") || !c.RemembersConsent(r.redirect) {
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
