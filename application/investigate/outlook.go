package investigate

import (
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
)

// Standing says what an account was at a moment.
type Standing string

// The standings.
const (
	Unknown   Standing = "unknown" // not there yet
	Shadow    Standing = "shadow"  // known only by what another service announced of it
	Active    Standing = "active"
	Suspended Standing = "suspended"
	Deleted   Standing = "deleted"
)

func standingOf(a *account.Account) Standing {
	switch s := a.View(); {
	case !a.Exists():
		return Unknown
	case s.Deleted:
		return Deleted
	case s.Suspended:
		return Suspended
	case s.Shadow:
		return Shadow
	default:
		return Active
	}
}

// outlook is what the next refresh of a grant would come to at a moment: the scope that it would
// leave, or why it would be refused.
func outlook(s *oauth.Server, g *grant.Grant, c *client.Client, a *account.Account, at time.Time) (left oauth.Scope, refused string) {
	allowance := c.Allowance(a.Permissions())
	switch state := g.View(); {
	case !state.Revoked.IsZero():
		return "", "the grant is revoked: " + string(state.Reason)
	case state.Refresh == "":
		return "", "there is no refresh token"
	case !at.Before(state.IdleUntil):
		return "", "the refresh token has expired"
	case !c.Active():
		return "", "the client is deleted"
	case !c.MayRefresh():
		return "", "the client is not registered for refreshing"
	case a.Served() != nil:
		return "", "the account is " + string(standingOf(a))
	case !allowance.MayUseClients():
		return "", "the account may not use OAuth clients"
	case state.Key != "" && !a.KeyLives(state.Key, at):
		return "", "the access key that allowed it has ended"
	case s.CheckResources(state.Resources, c.View().Audiences) != nil:
		return "", "its resource is not served to the client any more"
	default:
		return allowance.AtRefresh(state.Scope), ""
	}
}

// refreshable reports whether a grant had a refresh token that stood at a moment.
func refreshable(s grant.State, at time.Time) bool {
	return s.Revoked.IsZero() && s.Refresh != "" && at.Before(s.IdleUntil)
}
