package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
)

// Latency is how long after its answer a subscriber has the message of a refresh.
type Latency struct {
	Cells []*Delay `json:"cells"`
}

// Delay is that of one store at one rate. Times are in ms, one of each round.
type Delay struct {
	Store     string    `json:"store"`
	Broker    string    `json:"broker"`
	PerSecond float64   `json:"offered_per_second"`
	Answered  []float64 `json:"answered_per_second"`
	P50       []float64 `json:"p50_ms"`
	P99       []float64 `json:"p99_ms"`
	Most      []float64 `json:"most_ms"`
}

const (
	lonely     = 25   // refreshes a second, each of which finds nothing under way
	busy       = 2000 // a second
	latencyAim = 50   // ms
)

func measureLatency(ctx context.Context, s *site) (*Latency, error) {
	found := &Latency{}
	for _, store := range s.options.Stores {
		err := s.listen(ctx, store, found)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store, err)
		}
	}
	return found, nil
}

// listen measures one store: the embedded broker beside SQLite, one elsewhere beside PostgreSQL.
func (s *site) listen(ctx context.Context, store string, found *Latency) (err error) {
	p := plan{store: store, relays: true, subscribers: anyPort}
	broker := "embedded"
	if store == postgresStore {
		own, err := startBroker(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, own.close()) }()
		p.broker, p.subscribers, broker = own.url, "", "elsewhere"
	}
	rigs, err := s.rigs(ctx, p)
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return err
	}
	for _, rate := range []float64{lonely, busy} {
		d := &Delay{Store: store, Broker: broker, PerSecond: rate}
		found.Cells = append(found.Cells, d)
		err = s.rounds(ctx, func() error { return rigs[0].listen(ctx, d) })
		if err != nil {
			return err
		}
	}
	return nil
}

// listen refreshes at a rate, and holds the answers against what a subscriber gets.
func (r *rig) listen(ctx context.Context, d *Delay) error {
	subscriber, err := r.subscriber()
	if err != nil {
		return err
	}
	defer subscriber.Close()
	w := newWitness(r.chains)
	told, err := subscriber.Subscribe(natsbus.Subject("grant-refreshed", "", ""), w.heard)
	if err == nil {
		err = errors.Join(told.SetPendingLimits(-1, -1), subscriber.FlushTimeout(stopWithin))
	}
	if err != nil {
		return err
	}
	l, err := connect(ctx, r.addresses(), manyConnections, w)
	if err != nil {
		return err
	}
	lasts := 2 * r.site.options.Cell
	o := offering(l, d.PerSecond, lasts)
	o.run(ctx)
	done, err := o.close()
	if err != nil {
		return err
	}
	heard, err := w.all(ctx)
	if err != nil {
		return err
	}
	of := sampleOf(heard)
	d.Answered = append(d.Answered, float64(len(done.good))/lasts.Seconds())
	d.P50, d.P99 = append(d.P50, of.percentile(50)), append(d.P99, of.percentile(99))
	d.Most = append(d.Most, of.percentile(100))
	return nil
}

// subscriber connects as other services do.
func (r *rig) subscriber() (*nats.Conn, error) {
	if r.plan.broker != "" {
		return nats.Connect(r.plan.broker)
	}
	url, err := os.ReadFile(filepath.Join(r.dir, "nats-listen"))
	if err != nil {
		return nil, err
	}
	return nats.Connect(strings.TrimSpace(string(url)), nats.UserCredentials(filepath.Join(r.dir, natsbus.SubscriberCredentials)))
}

func (f *Latency) print(p *printer) {
	p.say("\n%-48s%19s%16s%18s%18s", "From the answer of a refresh to its message, ms", "answered/s", "p50", "p99", "at most")
	for _, d := range f.Cells {
		p.say("  %-46s%19s%16s%18s%18s", d.name(), plain(d.Answered).text(0), plain(d.P50).text(1), plain(d.P99).text(1), plain(d.Most).text(1))
	}
	for _, d := range f.Cells {
		aim{what: d.name() + ": p99, ms", got: plain(d.P99).middle, want: latencyAim}.print(p)
	}
}

func (d *Delay) name() string {
	return fmt.Sprintf("%s, broker %s, %.0f/s offered", d.Store, d.Broker, d.PerSecond)
}

func sorted(all []time.Duration) []time.Duration {
	slices.Sort(all)
	return all
}
