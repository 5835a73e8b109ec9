package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
)

// Replicas is how several servers do on one database, each with a processor of its own, beside one
// with all of them.
type Replicas struct {
	Cells []*Readings `json:"cells"`
}

// The variants of a cell.
const (
	oneServer = "one on all"
	oneEach   = "one on each"
)

// leastOfReplicas is the part of one server's throughput that the replicas have to reach together.
const leastOfReplicas = 0.85

func measureReplicas(ctx context.Context, s *site) (_ *Replicas, err error) {
	found := &Replicas{}
	if !slices.Contains(s.options.Stores, postgresStore) {
		return found, nil
	}
	url, err := s.nats(ctx)
	if err != nil {
		return nil, err
	}
	one := plan{store: postgresStore, broker: url}
	rigs, err := s.rigs(ctx, one, one)
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return nil, err
	}
	err = rigs[1].replicate(ctx)
	if err != nil {
		return nil, fmt.Errorf("start replicas: %w", err)
	}
	return found, s.rounds(ctx, func() error { return found.round(ctx, rigs[0], rigs[1]) })
}

// replicate puts replicas in the place of the rig's server, each on one processor.
func (r *rig) replicate(ctx context.Context) error {
	pin, err := exec.LookPath("taskset")
	if err != nil {
		return err
	}
	err = r.server.stop()
	if err != nil {
		return err
	}
	on := func(cpu int) []string { return []string{pin, "-c", strconv.Itoa(cpu)} }
	r.server, err = r.serve(ctx, on(0)...)
	for cpu := 1; cpu < runtime.NumCPU() && err == nil; cpu++ {
		err = r.replica(ctx, on(cpu)...)
	}
	return err
}

// replica starts one more server, with a directory of its own.
func (r *rig) replica(ctx context.Context, words ...string) error {
	dir, err := os.MkdirTemp(r.dir, "replica")
	if err != nil {
		return err
	}
	settings := append(slices.Clone(r.settings), "--data-dir="+dir)
	s, err := serve(ctx, append(words, r.plan.program), dir, settings)
	if err == nil {
		r.more = append(r.more, s)
	}
	return err
}

func (f *Replicas) round(ctx context.Context, one, each *rig) error {
	for _, name := range issuing {
		for variant, r := range map[string]*rig{oneServer: one, oneEach: each} {
			reading, err := r.cell(ctx, name, mainConnections)
			if err != nil {
				return err
			}
			like := Readings{Store: postgresStore, Row: name, Variant: variant, Connections: mainConnections}
			readingsIn(&f.Cells, like).add(reading)
		}
	}
	return nil
}

func (f *Replicas) print(p *printer) {
	if len(f.Cells) == 0 {
		return
	}
	p.say("\n%-56s%32s%31s", fmt.Sprintf("%d replicas on one PostgreSQL, each on one processor", runtime.NumCPU()), "requests/s: one server on all", "replicas")
	p.others(f.Cells)
	for _, name := range issuing {
		one := readingsIn(&f.Cells, Readings{Store: postgresStore, Row: name, Variant: oneServer, Connections: mainConnections})
		each := readingsIn(&f.Cells, Readings{Store: postgresStore, Row: name, Variant: oneEach, Connections: mainConnections})
		p.say("  %-54s%32s%31s", name, one.whole(Reading.perSecond), each.whole(Reading.perSecond))
		part := each.spread(Reading.perSecond).middle / one.spread(Reading.perSecond).middle
		aim{what: name + ": the replicas' part of one server's throughput", got: part, want: leastOfReplicas, least: true}.print(p)
	}
}
