package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// offer is an open load: work is due at a rate, whether or not what was due before is done, as far as
// the connections suffice. Times count from when the work was due.
type offer struct {
	load      *load
	perSecond float64
	lasts     time.Duration

	due     chan time.Time
	unsent  int // due when all connections were busy
	drained chan struct{}
	stop    atomic.Bool
	taken   []offered // by each connection
}

// offered is what one connection saw of an offer.
type offered struct {
	good    []moment
	refused []time.Duration // since they were sent
	starved int             // nothing was left to trade
	err     error
}

// moment is when something was due, and how long after it was done.
type moment struct {
	due  time.Time
	took time.Duration
}

// offering makes an offer ready.
func offering(l *load, perSecond float64, lasts time.Duration) *offer {
	return &offer{
		load: l, perSecond: perSecond, lasts: lasts, due: make(chan time.Time, len(l.conns)),
		drained: make(chan struct{}), taken: make([]offered, len(l.conns)),
	}
}

// run offers until the time is over. What is still under way then is answered until drained is
// closed.
func (o *offer) run(ctx context.Context) {
	var working sync.WaitGroup
	for i := range o.load.conns {
		working.Go(func() { o.work(i) })
	}
	o.pace(ctx)
	o.stop.Store(true)
	close(o.due)
	go func() { working.Wait(); close(o.drained) }()
}

// pace makes work due.
func (o *offer) pace(ctx context.Context) {
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	began, made := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		passed := min(time.Since(began), o.lasts)
		for ; float64(made) < passed.Seconds()*o.perSecond; made++ {
			o.put(began.Add(time.Duration(float64(made) / o.perSecond * float64(time.Second))))
		}
		if passed == o.lasts {
			return
		}
	}
}

func (o *offer) put(due time.Time) {
	select {
	case o.due <- due:
	default:
		o.unsent++
	}
}

func (o *offer) work(i int) {
	mine := &o.taken[i]
	for due := range o.due {
		if mine.err != nil || o.stop.Load() {
			continue
		}
		sent := time.Now()
		mine.take(o.load.trade.do(o.load.conns[i], i), due, sent)
	}
}

func (m *offered) take(err error, due, sent time.Time) {
	var refused *refusal
	switch {
	case err == nil:
		m.good = append(m.good, moment{due, time.Since(due)})
	case errors.As(err, &refused) && refused.later:
		m.refused = append(m.refused, time.Since(sent))
	case errors.Is(err, errNothingLeft):
		m.starved++
	default:
		m.err = err
	}
}

// outcome is what came of an offer, once it is drained.
type outcome struct {
	good    []moment // in the order in which they were due
	refused []time.Duration
	unsent  int // all connections were busy, or nothing was left to trade
}

func (o *offer) outcome() (outcome, error) {
	<-o.drained
	found := outcome{unsent: o.unsent}
	var wrong []error
	for _, t := range o.taken {
		found.good = append(found.good, t.good...)
		found.refused = append(found.refused, t.refused...)
		found.unsent += t.starved
		wrong = append(wrong, t.err)
	}
	slices.Sort(found.refused)
	slices.SortFunc(found.good, func(a, b moment) int { return a.due.Compare(b.due) })
	return found, errors.Join(wrong...)
}

// took are the times of the good ones, from the shortest.
func took(good []moment) []time.Duration {
	all := make([]time.Duration, len(good))
	for i, m := range good {
		all[i] = m.took
	}
	slices.Sort(all)
	return all
}
