package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// trade is what the connections of a load have to exchange.
type trade interface {
	// next is the form of the next request on a connection; false when nothing is left to trade.
	next(connection int) (form string, more bool)

	// take judges the body of a good answer, and keeps what the next request needs.
	take(connection int, answer []byte) error
}

// load is requests of one kind on a number of connections, each sending the next one when the last
// was answered.
type load struct {
	conns  []*conn
	head   string
	trade  trade
	result []result // of each connection
}

// result is what one connection saw.
type result struct {
	took []time.Duration
	err  error
}

// connect opens the connections of a load.
func connect(ctx context.Context, address, head string, connections int, t trade) (*load, error) {
	l := &load{head: head, trade: t, result: make([]result, connections)}
	for range connections {
		c, err := dial(ctx, address)
		if err != nil {
			l.close()
			return nil, err
		}
		l.conns = append(l.conns, c)
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.conns {
		_ = c.raw.Close()
	}
}

// sample is what a load saw in a span of time.
type sample struct {
	requests int
	elapsed  time.Duration
	took     []time.Duration // from the shortest to the longest
}

// maxRequests bounds the requests of one connection in one span.
const maxRequests = 1 << 20

// run sends requests for a time, or until there is nothing left to trade. The first wrong answer
// of any connection ends it.
func (l *load) run(ctx context.Context, d time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	began := time.Now()
	var running sync.WaitGroup
	for i := range l.conns {
		running.Go(func() {
			l.result[i] = l.work(ctx, i)
			if l.result[i].err != nil {
				cancel()
			}
		})
	}
	running.Wait()
	s := sample{elapsed: time.Since(began)}
	for _, r := range l.result {
		s.took = append(s.took, r.took...)
	}
	slices.Sort(s.took)
	s.requests = len(s.took)
	return s, l.verdict(s.requests)
}

// verdict fails when anything was wrong: one such answer is told for all.
func (l *load) verdict(requests int) error {
	var first error
	wrong := 0
	for _, r := range l.result {
		if r.err != nil {
			first = cmp.Or(first, r.err)
			wrong++
		}
	}
	switch {
	case wrong > 1:
		return fmt.Errorf("%w (and %d more)", first, wrong-1)
	case first == nil && requests == 0:
		return errors.New("nothing was answered in time")
	default:
		return first
	}
}

func (l *load) work(ctx context.Context, i int) result {
	r := result{took: make([]time.Duration, 0, 1024)}
	for ctx.Err() == nil && len(r.took) < maxRequests {
		form, more := l.trade.next(i)
		if !more {
			break
		}
		began := time.Now()
		status, body, err := l.conns[i].post(l.head, form)
		r.took = append(r.took, time.Since(began))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("answered %d %s", status, body)
		}
		if err == nil {
			err = l.trade.take(i, body)
		}
		if err != nil {
			r.err = err
			break
		}
	}
	return r
}

// perSecond is the throughput.
func (s sample) perSecond() float64 { return float64(s.requests) / s.elapsed.Seconds() }

// percentile is the time within which p of 100 requests were answered, in milliseconds.
func (s sample) percentile(p int) float64 {
	i := (len(s.took)*p + 99) / 100
	return float64(s.took[max(1, i)-1]) / float64(time.Millisecond)
}
