package main

import (
	"context"
	"errors"
	"slices"
)

// Pool is how a server does with one connection to its database.
type Pool struct {
	Cells []*Readings `json:"cells"`
}

// measurePool fails when anything waits on itself: nothing is answered in time then. SQLite has no
// pool.
func measurePool(ctx context.Context, s *site) (_ *Pool, err error) {
	found := &Pool{}
	if !slices.Contains(s.options.Stores, postgresStore) {
		return found, nil
	}
	rigs, err := s.rigs(ctx, plan{store: postgresStore, settings: []string{"--database-pool=1"}})
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return nil, err
	}
	for _, what := range rows {
		reading, err := rigs[0].cell(ctx, what.name, manyConnections)
		if err != nil {
			return nil, err
		}
		like := Readings{Store: postgresStore, Row: what.name, Connections: manyConnections}
		readingsIn(&found.Cells, like).add(reading)
	}
	return found, nil
}

func (f *Pool) print(p *printer) {
	if len(f.Cells) == 0 {
		return
	}
	p.say("\n%-50s%18s%17s%17s%17s", "One connection to PostgreSQL, 64 clients, no error", "requests/s", "p50 ms", "p99 ms", "batch")
	p.others(f.Cells)
	for _, c := range f.Cells {
		p.say("  %-48s%18s%17s%17s%17s", c.Row, c.at(Reading.perSecond, 0), c.at(Reading.p50, 2), c.at(Reading.p99, 2),
			c.middle(func(r Reading) float64 { return r.Batch }))
	}
}
