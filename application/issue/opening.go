package issue

import (
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// desk opens grants: what redeeming a code and redeeming a device code have in common.
type desk struct {
	mint    mint
	keys    oauth.TokenKeys
	entropy ports.Entropy
}

// approval is what a person approved earlier.
type approval struct {
	via       oauth.GrantType
	session   string
	key       string // the access key that approved it; empty: a person did
	scope     oauth.Scope
	resources []string // that the grant is for
	wanted    []string // that the first access token is for; empty: all of them
	authTime  time.Time
	amr       []string
	nonce     string
}

// ErrTarget refuses a resource that was not approved.
var ErrTarget = oauth.Refuse(oauth.InvalidTarget, "the resource was not part of the authorization")

// open opens g for what is left of an approval, and orders its first tokens.
func (d desk) open(g *grant.Grant, c *client.Client, a *account.Account, ap approval, at time.Time) (Tokens, order, error) {
	t := Tokens{Scope: ap.scope}
	if ap.scope.Has(oauth.OfflineAccess) {
		var secret [32]byte
		d.entropy.Fill(secret[:])
		t.Refresh = d.keys.Mint(oauth.RefreshToken, g.ID(), 0, secret)
	}
	jti := d.entropy.ID()
	err := g.Open(grant.Opening{
		Client: c.ClientID(), Account: a.AccountID(), Via: ap.via, Session: ap.session, Key: ap.key, Scope: ap.scope,
		Resources: ap.resources, AuthTime: ap.authTime, AMR: ap.amr, JTI: jti, Refresh: t.Refresh,
		Lifetimes: d.mint.server.Lifetimes, At: at,
	})
	if err != nil {
		return Tokens{}, order{}, err
	}
	who := person{account: a, client: c, grant: g.ID(), authTime: ap.authTime, amr: ap.amr}
	what := tokens{scope: ap.scope, resources: firstOf(ap.wanted, ap.resources), nonce: ap.nonce, at: at}
	return t, d.mint.orderFor(who, jti, what), nil
}

// left is what is left of an approval now: what the account or the client lost since is gone. A
// refresh token is given only to clients that may use one (OIDC Core §11). It is asked before
// anything is spent, so that nothing is spent in vain.
func (d desk) left(c *client.Client, a *account.Account, ap approval, at time.Time) (approval, error) {
	allowance := c.Allowance(a.Permissions())
	switch {
	case a.Served() != nil, !allowance.MayUseClients(), ap.key != "" && !a.KeyLives(ap.key, at):
		return ap, account.ErrNotServed
	case !oauth.CoversResources(ap.resources, ap.wanted):
		return ap, ErrTarget
	}
	ap.scope = allowance.AtRefresh(ap.scope)
	if !c.MayRefresh() {
		ap.scope = ap.scope.Without(oauth.OfflineAccess)
	}
	return ap, d.mint.serves(c, firstOf(ap.wanted, ap.resources))
}

func firstOf(wanted, otherwise []string) []string {
	if len(wanted) > 0 {
		return wanted
	}
	return otherwise
}
