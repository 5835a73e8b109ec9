package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// warmth is how long a load runs before it is measured.
func (o Options) warmth() time.Duration { return o.Cell / 10 }

// cell measures one row at a rig. Work that the requests leave behind belongs to their cost.
func (r *rig) cell(ctx context.Context, name string, connections int) (Reading, error) {
	reading, err := r.measure(ctx, name, connections)
	if err != nil {
		return reading, fmt.Errorf("%s at %d connections on %s: %w", name, connections, r.plan.store, err)
	}
	r.rates[rateOf(name, connections)] = reading.PerSecond
	return reading, nil
}

func (r *rig) measure(ctx context.Context, name string, connections int) (Reading, error) {
	what, err := rowNamed(name)
	if err != nil {
		return Reading{}, err
	}
	o := r.site.options
	t, err := what.prepare(ctx, r, need{connections, o.Cell + o.warmth()})
	if err != nil {
		return Reading{}, fmt.Errorf("prepare: %w", err)
	}
	l, err := warm(ctx, o, r.addresses(), connections, t)
	if err != nil {
		return Reading{}, err
	}
	defer l.close()
	return r.read(ctx, l, o.Cell)
}

// read measures a load that is warm.
func (r *rig) read(ctx context.Context, l *load, d time.Duration) (Reading, error) {
	before, err := r.counts(ctx)
	if err != nil {
		return Reading{}, err
	}
	began := usageOf(r.serverCPU, r.databaseCPU)
	s, err := l.run(ctx, d)
	if err != nil {
		return Reading{}, err
	}
	answered := usageOf(r.serverCPU, r.databaseCPU).since(began)
	after, err := r.counts(ctx)
	if err != nil {
		return Reading{}, err
	}
	settled := usageOf(r.serverCPU, r.databaseCPU).since(began)
	reading := readingOf(s, answered)
	reading.ServerCPU, reading.DatabaseCPU = s.each(settled.server), s.each(settled.database)
	reading.count(s, before, after)
	return reading, nil
}

// rounds repeats what is measured, so that everything stands beside everything else in time.
func (s *site) rounds(ctx context.Context, once func() error) error {
	for i := range s.options.Rounds {
		s.note("  round %d of %d", i+1, s.options.Rounds)
		err := errors.Join(ctx.Err(), once())
		if err != nil {
			return err
		}
	}
	return nil
}

// rigs starts several, or none.
func (s *site) rigs(ctx context.Context, plans ...plan) ([]*rig, error) {
	var all []*rig
	for _, p := range plans {
		r, err := s.startRig(ctx, p)
		if err != nil {
			return nil, errors.Join(err, closeRigs(ctx, all))
		}
		all = append(all, r)
	}
	return all, nil
}

// closeRigs stops them, also when the run was interrupted.
func closeRigs(ctx context.Context, all []*rig) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var wrong []error
	for _, r := range all {
		wrong = append(wrong, r.close(ctx))
	}
	return errors.Join(wrong...)
}
