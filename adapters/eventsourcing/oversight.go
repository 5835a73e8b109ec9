package eventsourcing

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// Oversight plays ports.Oversight. It is safe for concurrent use.
type Oversight struct {
	directory *Directory
	ledger    *Ledger
}

var _ ports.Oversight = (*Oversight)(nil)

// NewOversight makes an oversight over a store's rows.
func NewOversight(rows ports.Directory, ledger *Ledger) *Oversight {
	return &Oversight{directory: NewDirectory(rows, ledger), ledger: ledger}
}

// maxCounts is how often a decision counts what is live before it goes by its last count.
const maxCounts = 8

// DecideAmong implements ports.Oversight.
func (o *Oversight) DecideAmong(ctx context.Context, of oauth.AccountID, at time.Time, decide func(live []account.Given) error, about ...event.Aggregate) error {
	before, counts := askedFor(about), 0
	return o.ledger.decide(ctx, before, func() error {
		grants, _, err := o.directory.Grants(ctx, ports.Query{Account: string(of), Live: at})
		if err != nil {
			return err
		}
		counts++
		before.census = census(of, at, grants, counts)
		return decide(given(grants))
	}, nil, about)
}

// census is what the commit of a count must find.
func census(of oauth.AccountID, at time.Time, grants []*grant.Grant, counts int) []ports.Census {
	if counts > maxCounts {
		return nil
	}
	streams := make([]event.Stream, 0, len(grants))
	for _, g := range grants {
		streams = append(streams, g.Stream())
	}
	return []ports.Census{{Account: string(of), Kind: grant.Kind, Live: at, Streams: streams}}
}

func given(grants []*grant.Grant) []account.Given {
	live := make([]account.Given, 0, len(grants))
	for _, g := range grants {
		live = append(live, account.Given{Grant: g.ID(), Scope: g.View().Scope})
	}
	return live
}
