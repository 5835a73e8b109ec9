package revoke

import (
	"context"

	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// GrantCommand asks to revoke a grant by its id. Without a visitor it is whoever runs the server.
type GrantCommand struct {
	Grant   string
	Visitor *session.Visitor
}

// ErrGrant refuses a grant that does not exist or is another person's.
var ErrGrant = oauth.Refuse(oauth.InvalidRequest, "no such grant of yours")

// Grant revokes grants for people.
type Grant struct {
	ledger ports.Ledger
	clock  ports.Clock
}

// NewGrant wires the use case.
func NewGrant(l ports.Ledger, c ports.Clock) *Grant { return &Grant{ledger: l, clock: c} }

// Execute revokes. Doing it again changes nothing.
func (uc *Grant) Execute(ctx context.Context, cmd GrantCommand) error {
	g := grant.Named(cmd.Grant)
	return uc.ledger.Decide(ctx, func() error {
		switch {
		case !g.Exists(), cmd.Visitor != nil && g.View().Account != cmd.Visitor.Account:
			return ErrGrant
		case cmd.Visitor != nil:
			g.Revoke(grant.ByOwner, string(cmd.Visitor.Account), uc.clock.Now())
		default:
			g.Revoke(grant.ByAdmin, "", uc.clock.Now())
		}
		return nil
	}, g)
}
