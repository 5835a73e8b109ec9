package revoke

import (
	"context"
	"slices"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/session"
	"writ/ports"
)

// All revokes every grant that a person gave.
type All struct {
	ledger ports.Ledger
	shelf  ports.Shelf
	clock  ports.Clock
}

// NewAll wires the use case.
func NewAll(l ports.Ledger, sh ports.Shelf, c ports.Clock) *All {
	return &All{ledger: l, shelf: sh, clock: c}
}

// atOnce bounds how many grants one commit revokes.
const atOnce = 100

// Execute revokes the live grants of a visitor's account, a hundred in a commit. When it fails some
// may be revoked already; doing it again goes on.
func (uc *All) Execute(ctx context.Context, v session.Visitor) error {
	given, _, err := uc.shelf.Grants(ctx, ports.Query{Account: string(v.Account), Live: uc.clock.Now()})
	if err != nil {
		return err
	}
	for some := range slices.Chunk(given, atOnce) {
		err = uc.revoke(ctx, v, some)
		if err != nil {
			return err
		}
	}
	return nil
}

func (uc *All) revoke(ctx context.Context, v session.Visitor, given []*grant.Grant) error {
	s, a := session.Named(v.Session), account.Named(v.Account)
	ending, about := make([]*grant.Grant, 0, len(given)), []event.Aggregate{s, a}
	for _, g := range given {
		found := grant.Named(g.ID())
		ending, about = append(ending, found), append(about, found)
	}
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if !s.Live(at) || !a.Recognises(s.View().AuthTime) {
			return session.ErrNotSignedIn
		}
		for _, g := range ending {
			g.Revoke(grant.ByOwner, string(v.Account), at)
		}
		return nil
	}, about...)
}
