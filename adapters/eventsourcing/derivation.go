package eventsourcing

import (
	"fmt"

	"writ/domain/event"
	"writ/ports"
)

// derive implements ports.Derivation.
func (l *Ledger) derive(m ports.Material) ([]ports.Derived, error) {
	moved, err := l.moved(m)
	if err != nil {
		return nil, err
	}
	derived := make([]ports.Derived, len(moved))
	for i, a := range moved {
		index := a.State().Index()
		row, err := l.row(a.Core().Stream(), a.Core().Version(), a.State(), index, m.Key)
		if err != nil {
			return nil, err
		}
		derived[i] = ports.Derived{Row: row, Keys: l.keysOf(index.Unique, nil)}
	}
	return derived, nil
}

// moved are the aggregates that facts concern, with these facts applied. Those of kinds that have no
// rows are left out.
func (l *Ledger) moved(m ports.Material) ([]event.Aggregate, error) {
	var moved []event.Aggregate
	by, rows := map[event.Stream]event.Aggregate{}, make(map[event.Stream]ports.Row, len(m.Rows))
	for _, r := range m.Rows {
		rows[r.Stream] = r
	}
	for _, f := range m.Facts {
		named, keeps := blank[f.Stream.Kind]
		if !keeps {
			continue
		}
		a, opened := by[f.Stream]
		if !opened {
			a = named(f.Stream.ID)
			by[f.Stream], moved = a, append(moved, a)
		}
		if row, known := rows[f.Stream]; known && !opened {
			err := l.fill(a, row)
			if err != nil {
				return nil, err
			}
		}
		e, err := l.read(a.Catalogue(), f, m.Key)
		if err != nil {
			return nil, fmt.Errorf("read version %d of %s: %w", f.Version, f.Stream, err)
		}
		a.Replay(e, f.At)
		a.Core().Found(f.Stream, f.Version)
	}
	return moved, nil
}
