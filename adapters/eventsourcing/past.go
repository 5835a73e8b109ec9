package eventsourcing

import (
	"context"
	"fmt"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// Past plays ports.Past. It is safe for concurrent use.
type Past struct{ ledger *Ledger }

var _ ports.Past = (*Past)(nil)

// NewPast makes the past of a ledger.
func NewPast(l *Ledger) *Past { return &Past{ledger: l} }

// AsOf implements ports.Past.
func (p *Past) AsOf(ctx context.Context, at time.Time, into event.Aggregate) ([]event.Fact, error) {
	root := into.Core()
	reset(into)
	var made []event.Fact
	for fact, err := range p.ledger.store.History(ctx, root.Stream(), 0) {
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", root.Stream(), err)
		}
		if fact.At.After(at) {
			break
		}
		e, err := p.ledger.read(into.Catalogue(), fact, always(nil))
		if err != nil {
			return nil, err
		}
		into.Replay(e, fact.At)
		root.Found(root.Stream(), fact.Version)
		made = append(made, fact)
	}
	return made, nil
}
