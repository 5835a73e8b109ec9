package eventsourcing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Chronicle plays ports.Chronicle. It is safe for concurrent use.
type Chronicle struct {
	rows   ports.Directory
	ledger *Ledger
}

var _ ports.Chronicle = (*Chronicle)(nil)

// NewChronicle makes a chronicle over a store's rows.
func NewChronicle(rows ports.Directory, ledger *Ledger) *Chronicle {
	return &Chronicle{rows: rows, ledger: ledger}
}

// About implements ports.Chronicle.
func (c *Chronicle) About(ctx context.Context, id oauth.AccountID) ([]ports.Record, error) {
	var records []ports.Record
	for _, kind := range slices.Sorted(maps.Keys(blank)) {
		rows, _, err := c.rows.List(ctx, ports.Query{Kind: kind, Account: string(id)})
		if err != nil {
			return nil, fmt.Errorf("list what belongs to account %s: %w", id, err)
		}
		for _, row := range rows {
			told, err := c.tell(ctx, row)
			if err != nil {
				return nil, err
			}
			records = append(records, told...)
		}
	}
	slices.SortFunc(records, func(a, b ports.Record) int { return cmp.Compare(a.Position, b.Position) })
	return records, nil
}

// toThemselves tells people what is recorded about them.
var toThemselves = words{personal: event.Personal.Reveal}

func (c *Chronicle) tell(ctx context.Context, row ports.Row) ([]ports.Record, error) {
	catalogue := blank[row.Stream.Kind](row.Stream.ID).Catalogue()
	var records []ports.Record
	for fact, err := range c.ledger.store.History(ctx, row.Stream, 0) {
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", row.Stream, err)
		}
		e, err := c.ledger.read(catalogue, fact, always(row.Key))
		if err != nil {
			return nil, err
		}
		records = append(records, recordOf(fact, ports.Party{Client: row.Client, Account: row.Account}, toThemselves.said(reflect.ValueOf(e))))
	}
	return records, nil
}
