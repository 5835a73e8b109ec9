package review

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// PageSize is how many grants a page shows.
const PageSize = 50

// GrantsQuery asks for the live grants of an account. Pages count from 1.
type GrantsQuery struct {
	Account oauth.AccountID
	Page    int
}

// Page is one page of grants.
type Page struct {
	Grants []Granted
	Total  int
}

// Granted is one grant as its owner sees it.
type Granted struct {
	ID       string
	Opened   time.Time
	Client   client.State // its name may have changed since
	ClientID oauth.ClientID
	Account  oauth.AccountID
	Scope    oauth.Scope
	Expires  time.Time
	LastUsed time.Time // zero: not since it was opened
}

// Grants lists what people allowed.
type Grants struct {
	shelf  ports.Shelf
	ledger ports.Ledger
	stamps ports.Stamps
	clock  ports.Clock
}

// NewGrants wires the use case.
func NewGrants(sh ports.Shelf, l ports.Ledger, st ports.Stamps, c ports.Clock) *Grants {
	return &Grants{shelf: sh, ledger: l, stamps: st, clock: c}
}

// Execute lists grants, newest first: one row a grant, not one a rotation.
func (uc *Grants) Execute(ctx context.Context, q GrantsQuery) (Page, error) {
	grants, total, err := uc.shelf.Grants(ctx, ports.Query{
		Account: string(q.Account), Live: uc.clock.Now(), Offset: (q.Page - 1) * PageSize, Limit: PageSize,
	})
	if err != nil {
		return Page{}, err
	}
	a := account.Named(q.Account)
	clients, err := uc.parties(ctx, a, grants)
	if err != nil {
		return Page{}, err
	}
	used, err := uc.stamps.LastUsed(ctx, streamsOf(grants))
	if err != nil {
		return Page{}, err
	}
	page := Page{Grants: make([]Granted, 0, len(grants)), Total: total}
	for _, g := range grants {
		s := g.View()
		if s.Key != "" && !a.KeyLives(s.Key, uc.clock.Now()) {
			page.Total-- // it ended with its key; its next use says so
			continue
		}
		page.Grants = append(page.Grants, Granted{
			ID: g.ID(), Opened: s.Opened, Client: clients[s.Client].View(), ClientID: s.Client, Account: s.Account,
			Scope: s.Scope, Expires: s.Ends(), LastUsed: used[g.Stream()],
		})
	}
	return page, nil
}

// parties brings the account and, by their ids, the clients of its grants.
func (uc *Grants) parties(ctx context.Context, a *account.Account, grants []*grant.Grant) (map[oauth.ClientID]*client.Client, error) {
	clients := map[oauth.ClientID]*client.Client{}
	wanted := []event.Aggregate{a}
	for _, g := range grants {
		if id := g.View().Client; clients[id] == nil {
			clients[id] = client.Named(id)
			wanted = append(wanted, clients[id])
		}
	}
	return clients, uc.ledger.Load(ctx, wanted...)
}

func streamsOf(grants []*grant.Grant) []event.Stream {
	streams := make([]event.Stream, 0, len(grants))
	for _, g := range grants {
		streams = append(streams, g.Stream())
	}
	return streams
}
