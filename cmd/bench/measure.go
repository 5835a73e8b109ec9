package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// bench is everything that runs while it is measured.
type bench struct {
	options Options
	bare    *bare
	rigs    []*rig
}

// open starts everything that is to be measured.
func open(ctx context.Context, o Options) (*bench, error) {
	b := &bench{options: o}
	var err error
	b.bare, err = startBare(ctx, o.Program)
	if err != nil {
		return nil, err
	}
	for _, store := range o.Stores {
		r, err := startRig(ctx, o, store)
		if err != nil {
			return nil, errors.Join(err, b.close(ctx))
		}
		b.rigs = append(b.rigs, r)
	}
	return b, nil
}

// close stops everything, also when the run was interrupted.
func (b *bench) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	all := []error{b.bare.stop()}
	for _, r := range b.rigs {
		all = append(all, r.close(ctx))
	}
	return errors.Join(all...)
}

// measure repeats the rounds.
func (b *bench) measure(ctx context.Context) (*Report, error) {
	report := newReport(b.options)
	for range b.options.Rounds {
		err := b.round(ctx, report)
		if err != nil {
			return nil, err
		}
	}
	return report, nil
}

// round measures every cell once, and the floor right beside it.
func (b *bench) round(ctx context.Context, report *Report) error {
	signed, err := signature(ctx, b.options.Cell/2)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	report.Signature.add(signed)
	shares := map[string]Cost{}
	for _, r := range b.rigs {
		shares[r.store], err = b.ground(ctx, r, report)
		if err != nil {
			return fmt.Errorf("%s: %w", r.store, err)
		}
	}
	for _, connections := range b.options.Connections {
		handled, err := b.handler(ctx, connections)
		if err != nil {
			return fmt.Errorf("the bare handler at %d connections: %w", connections, err)
		}
		report.handler(connections).add(handled)
		for _, r := range b.rigs {
			floor := handled.ServerCPU + signed.CPU + shares[r.store].CPU
			err = b.trades(ctx, r, connections, floor, report)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ground measures the floor under a store, and gives one row's share of a batch.
func (b *bench) ground(ctx context.Context, r *rig, report *Report) (Cost, error) {
	_, err := r.server.settle(ctx)
	if err != nil {
		return Cost{}, err
	}
	share, err := r.ground.insert(ctx, b.options.Cell/2, batchRows)
	if err != nil {
		return share, err
	}
	lone, err := r.ground.insert(ctx, b.options.Cell/2, 1)
	if err != nil {
		return share, err
	}
	report.row(r.store).add(share)
	report.commit(r.store).add(lone)
	return share, nil
}

// handler measures the bare handler.
func (b *bench) handler(ctx context.Context, connections int) (Reading, error) {
	l, err := connect(ctx, b.bare.address, headOf(b.bare.address, tokenPath, ""), connections, newCredentials())
	if err != nil {
		return Reading{}, err
	}
	defer l.close()
	_, err = l.run(ctx, b.warmth())
	if err != nil {
		return Reading{}, err
	}
	none := func() time.Duration { return 0 }
	before := usageOf(b.bare.pid(), none)
	s, err := l.run(ctx, b.options.Cell)
	if err != nil {
		return Reading{}, err
	}
	used := usageOf(b.bare.pid(), none).since(before)
	reading := readingOf(s, used)
	reading.ServerCPU = s.each(used.server)
	return reading, nil
}

// warmth is how long a load runs before it is measured.
func (b *bench) warmth() time.Duration { return b.options.Cell / 10 }

// trades measures every trade at a rig.
func (b *bench) trades(ctx context.Context, r *rig, connections int, floor float64, report *Report) error {
	for _, name := range []string{credentialsTrade, refreshTrade, codeTrade} {
		head, t, err := b.prepare(ctx, r, name, connections)
		if err != nil {
			return fmt.Errorf("prepare %s: %w", name, err)
		}
		reading, err := b.cell(ctx, r, head, connections, t)
		if err != nil {
			return fmt.Errorf("%s at %d connections on %s: %w", name, connections, r.store, err)
		}
		reading.Floor = floor
		if floor > 0 {
			reading.Ratio = (reading.ServerCPU + reading.DatabaseCPU) / floor
		}
		if name == codeTrade {
			r.rates[connections] = reading.TokensPerSecond
		}
		report.cell(r.store, name, connections).add(reading)
	}
	return nil
}

func (b *bench) prepare(ctx context.Context, r *rig, name string, connections int) (head string, t trade, err error) {
	switch name {
	case credentialsTrade:
		return r.machineHead(), newCredentials(), nil
	case refreshTrade:
		return r.webHead(), r.chains, nil
	default:
		return r.webHead(), &r.codes, r.world.approve(ctx, &r.codes, b.codesFor(r, connections))
	}
}

// The codes that a cell may need before it is known how fast they are traded.
const (
	firstRate  = 400 // in a second, by one connection
	firstLimit = 4000
	fewest     = 64 // so that even a short cell has some for each connection
)

// codesFor is how many codes a cell needs, with some to spare: a cell ends when they do.
func (b *bench) codesFor(r *rig, connections int) int {
	rate := math.Min(firstRate*float64(connections), firstLimit)
	if known := r.rates[connections]; known > 0 {
		rate = 1.5 * known
	}
	return fewest + 4*connections + int(rate*(b.options.Cell+b.warmth()).Seconds())
}

// cell measures one trade. Work that the requests leave behind belongs to their cost.
func (b *bench) cell(ctx context.Context, r *rig, head string, connections int, t trade) (Reading, error) {
	l, err := connect(ctx, r.server.address, head, connections, t)
	if err != nil {
		return Reading{}, err
	}
	defer l.close()
	_, err = l.run(ctx, b.warmth())
	if err != nil {
		return Reading{}, err
	}
	before, err := r.server.settle(ctx)
	if err != nil {
		return Reading{}, err
	}
	began := usageOf(r.server.pid(), r.databaseCPU)
	s, err := l.run(ctx, b.options.Cell)
	if err != nil {
		return Reading{}, err
	}
	answered := usageOf(r.server.pid(), r.databaseCPU).since(began)
	after, err := r.server.settle(ctx)
	if err != nil {
		return Reading{}, err
	}
	settled := usageOf(r.server.pid(), r.databaseCPU).since(began)
	reading := readingOf(s, answered)
	reading.ServerCPU, reading.DatabaseCPU = s.each(settled.server), s.each(settled.database)
	reading.count(s, before, after)
	return reading, nil
}
