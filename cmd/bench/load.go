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

// trade is one kind of work, which the connections of a load do again and again.
type trade interface {
	// do does it once over c, the connection with a number, and judges what is answered. It is
	// errNothingLeft when there is nothing left to do, and a *refusal when the server asks to come
	// again later. Each connection is used by one goroutine at a time.
	do(c *conn, number int) error
}

var errNothingLeft = errors.New("nothing is left to trade")

// refusal is an answer that refuses work for now.
type refusal struct{ later bool }

// Error implements error.
func (r *refusal) Error() string {
	if r.later {
		return "refused: come again later"
	}
	return "refused without a word of when to come again"
}

// good is an answer that it was done: 200.
func good(a answer, err error) ([]byte, error) { return expect(http.StatusOK, a, err) }

// expect is the body of an answer that is expected.
func expect(status int, a answer, err error) ([]byte, error) {
	switch {
	case err != nil:
		return nil, err
	case a.status == http.StatusServiceUnavailable:
		return nil, &refusal{a.later}
	case a.status != status:
		return nil, fmt.Errorf("answered %d %s", a.status, a.body)
	default:
		return a.body, nil
	}
}

// load is work of one kind on a number of connections, each doing the next when the last is done.
type load struct {
	conns  []*conn
	trade  trade
	result []result // of each connection
	most   int      // requests of one connection in one span
}

// result is what one connection saw.
type result struct {
	took []time.Duration
	err  error
}

// connect opens the connections of a load, to each of the addresses in turn.
func connect(ctx context.Context, addresses []string, connections int, t trade) (*load, error) {
	l := &load{trade: t, result: make([]result, connections), most: maxRequests}
	for i := range connections {
		c, err := dial(ctx, addresses[i%len(addresses)])
		if err != nil {
			l.close()
			return nil, err
		}
		l.conns = append(l.conns, c)
	}
	return l, nil
}

// warm connects, and runs for a tenth of what is measured.
func warm(ctx context.Context, o Options, addresses []string, connections int, t trade) (*load, error) {
	l, err := connect(ctx, addresses, connections, t)
	if err != nil {
		return nil, err
	}
	_, err = l.run(ctx, o.warmth())
	if err != nil {
		l.close()
		return nil, err
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

// maxRequests bounds the requests of one connection in one span, where nothing else does.
const maxRequests = 1 << 20

// run sends requests for a time, at least one on each connection, or until there is nothing left to
// trade. The first wrong answer of any connection ends it.
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
	for ctx.Err() == nil && len(r.took) < l.most || len(r.took) == 0 {
		began := time.Now()
		err := l.trade.do(l.conns[i], i)
		if errors.Is(err, errNothingLeft) {
			break
		}
		r.took = append(r.took, time.Since(began))
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
