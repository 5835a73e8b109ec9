package eventsourcing

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"writ/domain/event"
	"writ/domain/token"
	"writ/ports"
)

// Annals plays ports.Annals. It is safe for concurrent use.
type Annals struct{ parties ports.Parties }

var _ ports.Annals = (*Annals)(nil)

// NewAnnals makes annals that ask whom streams concern.
func NewAnnals(p ports.Parties) *Annals { return &Annals{parties: p} }

// toOthers tells that something personal stands there, and not what.
var toOthers = words{personal: event.Personal.String}

// Tell implements ports.Annals.
func (a *Annals) Tell(ctx context.Context, facts []event.Fact) ([]ports.Record, error) {
	concerned, err := a.parties.Of(ctx, facts)
	if err != nil {
		return nil, err
	}
	records := make([]ports.Record, len(facts))
	for i, f := range facts {
		e, err := decoded(f)
		if err != nil {
			return nil, fmt.Errorf("fact %s at position %d: %w", f.ID, f.Position, err)
		}
		records[i] = recordOf(f, concerned[f.Stream], toOthers.said(reflect.ValueOf(e)))
	}
	return records, nil
}

// decoded reads a fact whose personal data stays sealed.
func decoded(f event.Fact) (any, error) {
	catalogue := token.Catalogue
	if named, has := blank[f.Stream.Kind]; has {
		catalogue = named(f.Stream.ID).Catalogue()
	} else if f.Stream.Kind != token.Kind {
		return nil, event.ErrUnknown
	}
	return catalogue.Decode(f.Name, f.Revision, func(into any) error { return json.Unmarshal(f.Data, into) })
}
