package pages

import (
	"writ/domain/client"
	"writ/domain/oauth"
)

// origin is what is known of where a client comes from, in words. A name proves nothing: whoever
// registers a client chooses it.
type origin struct {
	Verified bool
	Says     string
}

// originOf says who registered a client. Only the client that is a part of the server is vouched
// for. One without an owner was registered by whoever runs the server.
func (p *Pages) originOf(l spoken, c client.State, viewer oauth.AccountID) origin {
	name := plain(p.name)
	switch {
	case c.Owner == "" && c.ClientID == p.builtIn && p.builtIn != "":
		return origin{Verified: true, Says: l.say("origin.built_in", name)}
	case c.Owner == "":
		return origin{Says: l.say("origin.site", name)}
	case c.Owner == viewer:
		return origin{Says: l.say("origin.self")}
	default:
		return origin{Says: l.say("origin.member", name)}
	}
}
