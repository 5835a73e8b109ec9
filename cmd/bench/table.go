package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Table is the main section: every row on every store beside the floor, the relay being paused.
type Table struct {
	Signature Costs       `json:"signature"`
	Bare      []*Readings `json:"bare_handlers"`
	Rows      []*Costs    `json:"row_of_a_batch"`
	Commits   []*Costs    `json:"lone_commit"`
	Cells     []*Readings `json:"cells"`
}

// The rows of the floor.
const (
	bareFormRow     = "gin alone: a form"
	bareDocumentRow = "gin alone: a document"
	bareTokenRow    = "gin alone: a form, a commit, a signature"
)

// mainConnections is how many connections every row is measured with; with others it is client
// credentials alone.
const mainConnections = 32

// bench is what the table is measured on.
type bench struct {
	*site
	bare *bare
	rigs []*rig
}

// measureTable fills the table.
func measureTable(ctx context.Context, s *site) (_ *Table, err error) {
	b := &bench{site: s}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	err = b.open(ctx)
	if err != nil {
		return nil, err
	}
	t := &Table{}
	return t, s.rounds(ctx, func() error { return b.round(ctx, t) })
}

func (b *bench) open(ctx context.Context) (err error) {
	b.bare, err = startBare(ctx, b.options.Program)
	if err != nil {
		return err
	}
	var plans []plan
	for _, store := range b.options.Stores {
		plans = append(plans, plan{store: store})
	}
	b.rigs, err = b.site.rigs(ctx, plans...)
	for _, r := range b.rigs {
		err = errors.Join(err, r.layGround(ctx))
	}
	return err
}

func (b *bench) close(ctx context.Context) error {
	err := closeRigs(ctx, b.rigs)
	if b.bare != nil {
		err = errors.Join(err, b.bare.stop())
	}
	return err
}

// floors are what is under a round, in processor microseconds.
type floors struct {
	signature float64
	handler   float64
	share     map[*rig]float64
}

func (f floors) under(r *rig) float64 { return f.handler + f.signature + f.share[r] }

// round measures every cell once, and the floor right beside it.
func (b *bench) round(ctx context.Context, t *Table) error {
	f, err := b.ground(ctx, t)
	if err != nil {
		return err
	}
	for _, connections := range b.options.Connections {
		f.handler, err = b.bareCells(ctx, t, connections)
		if err != nil {
			return fmt.Errorf("a bare handler at %d connections: %w", connections, err)
		}
		err = b.cells(ctx, t, connections, f)
		if err != nil {
			return err
		}
	}
	return nil
}

// ground measures the signature and the floor under each store.
func (b *bench) ground(ctx context.Context, t *Table) (floors, error) {
	f := floors{share: map[*rig]float64{}}
	span := b.options.Cell / 3
	signed, err := signature(ctx, span)
	if err != nil {
		return f, fmt.Errorf("sign: %w", err)
	}
	t.Signature.add(signed)
	f.signature = signed.CPU
	for _, r := range b.rigs {
		share, err := r.ground.insert(ctx, span, batchRows)
		if err != nil {
			return f, fmt.Errorf("%s: %w", r.plan.store, err)
		}
		lone, err := r.ground.insert(ctx, span, 1)
		if err != nil {
			return f, fmt.Errorf("%s: %w", r.plan.store, err)
		}
		costsIn(&t.Rows, r.plan.store).add(share)
		costsIn(&t.Commits, r.plan.store).add(lone)
		f.share[r] = share.CPU
	}
	return f, nil
}

// bareCells measures the bare handlers, and gives what one takes that parses the form.
func (b *bench) bareCells(ctx context.Context, t *Table, connections int) (cpu float64, err error) {
	measure := func(of *bare, like Readings, what trade) {
		if err != nil {
			return
		}
		var r Reading
		r, err = of.measure(ctx, b.options, what, connections)
		like.Connections, cpu = connections, r.ServerCPU
		readingsIn(&t.Bare, like).add(r)
	}
	switch connections {
	case mainConnections:
		measure(b.bare, Readings{Row: bareDocumentRow}, b.bare.document())
	case 1:
		for _, r := range b.rigs {
			measure(r.bare, Readings{Row: bareTokenRow, Store: r.plan.store}, r.bare.form())
		}
	}
	measure(b.bare, Readings{Row: bareFormRow}, b.bare.form())
	return cpu, err
}

// cells measures the rows, on each store in turn.
func (b *bench) cells(ctx context.Context, t *Table, connections int, f floors) error {
	for _, what := range rows {
		if !b.options.has(what.name, connections) {
			continue
		}
		for _, r := range b.rigs {
			reading, err := r.cell(ctx, what.name, connections)
			if err != nil {
				return err
			}
			if floor := f.under(r); floor > 0 && slices.Contains(issuing, what.name) {
				reading.Floor, reading.Ratio = floor, (reading.ServerCPU+reading.DatabaseCPU)/floor
			}
			t.cell(r.plan.store, what.name, connections).add(reading)
		}
	}
	return nil
}

// has reports whether a row is measured with so many connections.
func (o Options) has(name string, connections int) bool {
	if len(o.Rows) > 0 {
		return slices.Contains(o.Rows, name)
	}
	return connections == mainConnections || name == credentialsRow
}

// cell finds the readings of a cell, new ones at its first round.
func (t *Table) cell(store, row string, connections int) *Readings {
	return readingsIn(&t.Cells, Readings{Store: store, Row: row, Connections: connections})
}

// bareHandler finds the readings of a bare handler, if there are any.
func (t *Table) bareHandler(row, store string, connections int) *Readings {
	for _, h := range t.Bare {
		if h.Row == row && h.Store == store && h.Connections == connections {
			return h
		}
	}
	return nil
}
