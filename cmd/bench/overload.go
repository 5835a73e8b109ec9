package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Overload is what becomes of more work than there can be done.
type Overload struct {
	Stores []Flood `json:"stores"`
}

// Flood is the overload of one store. Memory is in MiB.
type Flood struct {
	Store  string  `json:"store"`
	Peak   float64 `json:"peak_per_second"` // the middle of those before each wave
	Normal float64 `json:"normal_p50_ms"`   // at a part of the peak
	Waves  []Wave  `json:"waves"`
	Memory float64 `json:"memory_at_most_mib"`
	Kept   int     `json:"refused_traded_later"` // codes that were refused once, and were good afterwards
}

// Wave is a rate that is more than what can be done.
type Wave struct {
	Times      float64 `json:"times_the_peak"`
	Peak       float64 `json:"peak_per_second"` // right before
	Offered    float64 `json:"offered_per_second"`
	Goodput    float64 `json:"goodput_per_second"`
	Refused    float64 `json:"refused_per_second"`
	Unsent     float64 `json:"unsent_per_second"` // all connections were busy
	P50        float64 `json:"p50_ms"`            // of good answers, since they were due
	P99        float64 `json:"p99_ms"`
	RefusedP50 float64 `json:"refused_p50_ms"` // since they were sent
	RefusedP99 float64 `json:"refused_p99_ms"`
	Recovery   float64 `json:"recovery_ms"` // until p50 was normal again
	Shares     shares  `json:"processors"`
}

// shares are how many processors the wave took: those of the server, of its database, of this
// program and of everything else.
type shares struct {
	Server   float64 `json:"server"`
	Database float64 `json:"database"`
	Own      float64 `json:"own"`
	Others   float64 `json:"others"`
}

// floodConns bounds how many requests are under way at once.
const floodConns = 1024

// waves are how much is offered, over the peak, and the part of the peak that has to be done then.
var waves = []struct{ times, least float64 }{{2, 0.80}, {4, 0.45}}

// calm is the part of the peak at which it is told whether the server has recovered.
const calm = 0.4

func measureOverload(ctx context.Context, s *site) (*Overload, error) {
	found := &Overload{}
	for _, store := range s.options.Stores {
		f, err := s.flood(ctx, store)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store, err)
		}
		found.Stores = append(found.Stores, f)
	}
	return found, nil
}

func (s *site) flood(ctx context.Context, store string) (f Flood, err error) {
	rigs, err := s.rigs(ctx, plan{store: store})
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return f, err
	}
	r := rigs[0]
	f.Store = store
	err = r.findNormal(ctx, &f)
	if err != nil {
		return f, err
	}
	err = r.floods(ctx, &f)
	if err != nil {
		return f, err
	}
	f.Memory = memoryOf(r.server.pid(), "VmHWM")
	return f, r.tradeRefused(ctx, &f)
}

// mostWaves is how often each wave is made at most.
const mostWaves = 3

// floods makes all waves in turn, several times. Of each kind it keeps the one whose share of
// the peak right before it is the middle one: the machine does not always do as much.
func (r *rig) floods(ctx context.Context, f *Flood) error {
	made := make([][]Wave, len(waves))
	var peaks []float64
	for range min(r.site.options.Rounds, mostWaves) {
		for i, w := range waves {
			reading, err := r.cell(ctx, elsewhereRow, manyConnections)
			if err != nil {
				return err
			}
			wave := Wave{Times: w.times, Peak: reading.PerSecond, Offered: w.times * reading.PerSecond}
			err = r.wave(ctx, f, &wave)
			if err != nil {
				return fmt.Errorf("at %.0f times the peak: %w", w.times, err)
			}
			made[i], peaks = append(made[i], wave), append(peaks, wave.Peak)
		}
	}
	f.Peak = spreadOf(peaks, itself).middle
	for _, alike := range made {
		f.Waves = append(f.Waves, middleOf(alike))
	}
	return nil
}

func itself(v float64) float64 { return v }

func middleOf(alike []Wave) Wave {
	slices.SortFunc(alike, func(a, b Wave) int { return cmp.Compare(a.share(), b.share()) })
	return alike[len(alike)/2]
}

// share is the part of the peak that was done.
func (w Wave) share() float64 { return w.Goodput / w.Peak }

// findNormal looks how long a piece takes when much less is asked for than can be done.
func (r *rig) findNormal(ctx context.Context, f *Flood) error {
	for range 2 { // the first one warms up
		reading, err := r.cell(ctx, elsewhereRow, manyConnections)
		if err != nil {
			return err
		}
		f.Peak = reading.PerSecond
	}
	err := r.world.approve(ctx, r.foreign, stock(f.Peak*calm, r.site.options.Cell, manyConnections), r.withID())
	if err != nil {
		return err
	}
	o, err := r.offer(ctx, f.Peak*calm, r.site.options.Cell, manyConnections)
	if err != nil {
		return err
	}
	o.run(ctx)
	done, err := o.close()
	if err == nil && len(done.good) == 0 {
		err = errors.New("nothing was answered at a part of the peak")
	}
	if err == nil {
		f.Normal = sampleOf(took(done.good)).percentile(50)
	}
	return err
}

// stock is how many codes can be traded at a rate.
func stock(perSecond float64, lasts time.Duration, connections int) int {
	return fewest + 2*connections + int(perSecond*lasts.Seconds())
}

// offer connects an offer of codes. The codes are there already: a server does not wait for long until
// something comes over a new connection.
func (r *rig) offer(ctx context.Context, perSecond float64, lasts time.Duration, connections int) (*offer, error) {
	l, err := connect(ctx, r.addresses(), connections, r.foreign)
	if err != nil {
		return nil, err
	}
	return offering(l, perSecond, lasts), nil
}

// close waits for what came of the offer, and closes its connections.
func (o *offer) close() (outcome, error) {
	done, err := o.outcome()
	o.load.close()
	return done, err
}

// wave offers too much, and then little, and looks how long it takes until that is quick again. What
// is answered then is done, so that twice the peak is enough of codes.
func (r *rig) wave(ctx context.Context, f *Flood, w *Wave) error {
	lasts := 2 * r.site.options.Cell
	codes := stock(w.Peak*calm, lasts, manyConnections) + stock(2*w.Peak, lasts, floodConns)
	err := r.world.approve(ctx, r.foreign, codes, r.withID())
	if err != nil {
		return err
	}
	after, err := r.offer(ctx, w.Peak*calm, lasts, manyConnections)
	if err != nil {
		return err
	}
	flood, err := r.offer(ctx, w.Offered, lasts, floodConns)
	if err != nil {
		after.load.close()
		return err
	}
	began, used := time.Now(), usageOf(r.serverCPU, r.databaseCPU)
	flood.run(ctx)
	ended := time.Now()
	w.Shares = usageOf(r.serverCPU, r.databaseCPU).since(used).shares(ended.Sub(began))
	after.run(ctx)
	done, wrong := flood.close()
	later, err := after.close()
	err = errors.Join(wrong, err)
	if err == nil {
		w.fill(done, ended, lasts)
		w.Recovery = recovery(later.good, ended, 2*f.Normal)
	}
	return err
}

// shares are what was used in a time, in processors.
func (u usage) shares(d time.Duration) shares {
	in := d.Seconds()
	s := shares{Server: u.server.Seconds() / in, Database: u.database.Seconds() / in, Own: u.own.Seconds() / in}
	s.Others = max(0, u.machine.Seconds()/in-s.Server-s.Database-s.Own)
	return s
}

// fill reads what came of a wave. What was answered after it had ended is no part of its goodput.
func (w *Wave) fill(done outcome, ended time.Time, lasts time.Duration) {
	inTime := 0
	for _, m := range done.good {
		if !m.due.Add(m.took).After(ended) {
			inTime++
		}
	}
	w.Goodput = float64(inTime) / lasts.Seconds()
	w.Refused = float64(len(done.refused)) / lasts.Seconds()
	w.Unsent = float64(done.unsent) / lasts.Seconds()
	if len(done.good) > 0 {
		good := sampleOf(took(done.good))
		w.P50, w.P99 = good.percentile(50), good.percentile(99)
	}
	if len(done.refused) > 0 {
		refused := sampleOf(done.refused)
		w.RefusedP50, w.RefusedP99 = refused.percentile(50), refused.percentile(99)
	}
}

func sampleOf(took []time.Duration) sample { return sample{requests: len(took), took: took} }

// window is how many answers in a row tell whether their middle is normal.
const window = 50

// recovery is the time in milliseconds until the middle of some answers in a row was at most normal,
// when the last of them was due.
func recovery(good []moment, ended time.Time, normal float64) float64 {
	size := min(window, len(good))
	for i := size; i > 0 && i <= len(good); i++ {
		if sampleOf(took(good[i-size:i])).percentile(50) <= normal {
			return float64(good[i-1].due.Sub(ended)) / float64(time.Millisecond)
		}
	}
	return never
}

// never is longer than anything is measured.
const never = float64(time.Hour / time.Millisecond)

// tradeRefused trades what is left of the codes, so that each that was refused is traded at last: a
// refusal has no effect.
func (r *rig) tradeRefused(ctx context.Context, f *Flood) error {
	err := r.tradeRest(ctx)
	if err != nil {
		return fmt.Errorf("trade what was refused before: %w", err)
	}
	f.Kept = r.foreign.later
	return nil
}

func (r *rig) tradeRest(ctx context.Context) error {
	if r.foreign.left() == 0 {
		return nil
	}
	l, err := connect(ctx, r.addresses(), mainConnections, r.foreign)
	if err != nil {
		return err
	}
	defer l.close()
	_, err = l.run(ctx, settleWithin)
	return err
}

func (f *Overload) print(p *printer) {
	p.say("\nOverload, open loop, code + ID token: at most %d requests are under way; every refusal was 503 with Retry-After", floodConns)
	for _, s := range f.Stores {
		p.say("  %s: peak %.0f/s; p50 at %.0f%% of it %.1f ms; resident at most %.0f MiB; %d refused codes were good later",
			s.Store, s.Peak, 100*calm, s.Normal, s.Memory, s.Kept)
		for i, w := range s.Waves {
			p.say("    at %.0f ×: good %.0f/s, p50 %.0f ms, p99 %.0f ms; refused %.0f/s, p50 %.1f, p99 %.1f; not sent %.0f/s",
				w.Times, w.Goodput, w.P50, w.P99, w.Refused, w.RefusedP50, w.RefusedP99, w.Unsent)
			p.say("      processors: server %.2f, database %.2f, generator %.2f, others %.2f", w.Shares.Server, w.Shares.Database, w.Shares.Own, w.Shares.Others)
			aim{what: fmt.Sprintf("  %s at %.0f ×: goodput over the peak", s.Store, w.Times), got: w.share(), want: waves[i].least, least: true}.print(p)
			aim{what: fmt.Sprintf("  %s at %.0f ×: recovery, ms", s.Store, w.Times), got: w.Recovery, want: 1000}.print(p)
		}
	}
}
