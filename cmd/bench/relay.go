package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Relay is what the relay costs, and how far it is behind.
type Relay struct {
	Cells []*Readings `json:"cells"`
	Lags  []Lag       `json:"lags"`
}

// The variants of a cell.
const (
	paused   = "paused"
	relaying = "relaying"
)

// Lag is how far the relay was behind the log at a rate.
type Lag struct {
	Store     string  `json:"store"`
	PerSecond float64 `json:"offered_per_second"`
	Answered  float64 `json:"answered_per_second"`
	Seconds   float64 `json:"most_seconds"`
	Events    float64 `json:"most_events"`
	Samples   int     `json:"samples"`
}

const (
	lagRate  = 5000 // tokens a second
	lagAim   = 1.0  // seconds
	lagConns = 64
	lagEvery = 100 * time.Millisecond
)

func measureRelay(ctx context.Context, s *site) (found *Relay, err error) {
	found = &Relay{}
	for _, store := range s.options.Stores {
		rigs, err := s.rigs(ctx, plan{store: store}, plan{store: store, relays: true})
		if err == nil {
			err = found.measure(ctx, s, rigs[0], rigs[1])
		}
		err = errors.Join(err, closeRigs(ctx, rigs))
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (f *Relay) measure(ctx context.Context, s *site, without, with *rig) error {
	err := s.rounds(ctx, func() error {
		for _, name := range issuing {
			err := errors.Join(f.cell(ctx, without, name, paused), f.cell(ctx, with, name, relaying))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	lag, err := with.lag(ctx, lagRate, 4*s.options.Cell)
	if err != nil {
		return fmt.Errorf("watch the relay on %s: %w", with.plan.store, err)
	}
	f.Lags = append(f.Lags, lag)
	return nil
}

func (f *Relay) cell(ctx context.Context, r *rig, name, variant string) error {
	reading, err := r.cell(ctx, name, mainConnections)
	if err == nil {
		like := Readings{Store: r.plan.store, Row: name, Variant: variant, Connections: mainConnections}
		readingsIn(&f.Cells, like).add(reading)
	}
	return err
}

// lag offers tokens at a rate and watches how far the relay is behind meanwhile.
func (r *rig) lag(ctx context.Context, perSecond float64, lasts time.Duration) (Lag, error) {
	lag := Lag{Store: r.plan.store, PerSecond: perSecond}
	l, err := connect(ctx, r.addresses(), lagConns, newCredentials(r.machineHead()))
	if err != nil {
		return lag, err
	}
	defer l.close()
	o := offering(l, perSecond, lasts)
	go o.run(ctx)
	err = r.watch(ctx, o, &lag)
	done, other := o.outcome()
	lag.Answered = float64(len(done.good)) / lasts.Seconds()
	return lag, errors.Join(err, other)
}

// watch asks how far the relay is behind until the offer is drained.
func (r *rig) watch(ctx context.Context, o *offer, lag *Lag) error {
	ticks := time.NewTicker(lagEvery)
	defer ticks.Stop()
	for {
		select {
		case <-o.drained:
			return nil
		case <-ticks.C:
		}
		c, err := r.server.counts(ctx)
		if err != nil {
			return err
		}
		lag.Samples++
		lag.Seconds = max(lag.Seconds, c["writ_relay_lag_seconds"])
		lag.Events = max(lag.Events, c["writ_relay_lag_events"])
	}
}

func (f *Relay) print(p *printer) {
	p.say("\n%-34s%18s%15s%9s%18s%15s%9s", "The relay, at 32 connections", "writ CPU: paused", "relaying", "adds", "db CPU: paused", "relaying", "adds")
	for i := 0; i+1 < len(f.Cells); i += 2 {
		a, b := f.Cells[i], f.Cells[i+1]
		p.say("  %-10s%-22s%18s%15s%9s%18s%15s%9s", a.Store, a.Row,
			a.whole(Reading.server), b.whole(Reading.server), added(a, b, Reading.server),
			a.spread(Reading.database).known(), b.spread(Reading.database).known(), added(a, b, Reading.database))
	}
	p.others(f.Cells)
	f.printRates(p)
	for _, l := range f.Lags {
		p.say("  %s: %.0f tokens/s offered, %.0f/s answered: at most %.0f events behind, in %d looks", l.Store, l.PerSecond, l.Answered, l.Events, l.Samples)
		aim{what: l.Store + ": the age of the oldest event that was not relayed, s", got: l.Seconds, want: lagAim}.print(p)
	}
}

// printRates says how much is answered, and published as fast: a cell ends when everything is.
func (f *Relay) printRates(p *printer) {
	for i := 0; i+1 < len(f.Cells); i += 2 {
		a, b := f.Cells[i], f.Cells[i+1]
		part := b.spread(Reading.perSecond).middle / a.spread(Reading.perSecond).middle
		p.say("  %-10s%-22s%20s requests/s paused, %20s relaying: %.2f", a.Store, a.Row, a.whole(Reading.perSecond), b.whole(Reading.perSecond), part)
	}
}

// added is by how much the middle grew.
func added(before, after *Readings, pick func(Reading) float64) string {
	a, b := before.spread(pick).middle, after.spread(pick).middle
	if a == 0 && b == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.0f", b-a)
}
