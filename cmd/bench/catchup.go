package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Catchup is how fast the relay publishes what was committed while none ran.
type Catchup struct {
	Stores []*Pursuit `json:"stores"`
}

// Pursuit is the catching up of one store. CPU is in µs a fact, memory in MiB.
type Pursuit struct {
	Store  string    `json:"store"`
	Broker string    `json:"broker"`
	Facts  int       `json:"facts"`
	Rates  []float64 `json:"facts_per_second"`
	Server []float64 `json:"server_cpu_us"`
	DB     []float64 `json:"database_cpu_us"`
	Memory []float64 `json:"resident_mib"` // of the server, at most
	Away   []float64 `json:"away_mib"`     // the same of one whose broker is away
}

const (
	behind     = 200_000 // facts
	catchupAim = 20_000  // a second
	pursueAim  = 150     // MiB
	lookEvery  = 20 * time.Millisecond
	awayFor    = 3 * time.Second
)

func measureCatchup(ctx context.Context, s *site) (*Catchup, error) {
	found := &Catchup{}
	for _, store := range s.options.Stores {
		p, err := s.pursue(ctx, store)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store, err)
		}
		found.Stores = append(found.Stores, p)
	}
	return found, nil
}

// pursue measures one store: the embedded broker beside SQLite, one elsewhere beside PostgreSQL.
func (s *site) pursue(ctx context.Context, store string) (found *Pursuit, err error) {
	p := plan{store: store}
	found = &Pursuit{Store: store, Broker: "embedded", Facts: behind}
	if s.options.brief() {
		found.Facts = 1000
	}
	if store == postgresStore {
		own, err := startBroker(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, own.close()) }()
		p.broker, found.Broker = own.url, "elsewhere"
	}
	rigs, err := s.rigs(ctx, p)
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return nil, err
	}
	b, err := rigs[0].backlog(ctx)
	if err != nil {
		return nil, err
	}
	return found, s.rounds(ctx, func() error { return rigs[0].pursue(ctx, b, found) })
}

// pursue lets facts gather while no server runs, and then looks how fast one publishes them.
func (r *rig) pursue(ctx context.Context, b *backlog, found *Pursuit) error {
	err := r.server.stop()
	if err != nil {
		return err
	}
	_, err = b.grow(ctx, found.Facts)
	if err != nil {
		return err
	}
	r.settings = slices.DeleteFunc(r.settings, func(s string) bool { return s == "--relay=false" })
	err = r.wait(ctx, found)
	if err != nil {
		return err
	}
	database, began := r.databaseCPU(), time.Now()
	r.server, err = r.serve(ctx)
	if err != nil {
		return err
	}
	first, took, err := r.server.overtake(ctx)
	if err != nil {
		return err
	}
	if first == 0 { // it was done before it was asked for the first time
		first, took = float64(found.Facts), time.Since(began)
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(found.Facts) }
	found.Rates = append(found.Rates, first/took.Seconds())
	found.Server = append(found.Server, each(cpuOf(r.server.pid())))
	found.DB = append(found.DB, each(r.databaseCPU()-database))
	found.Memory = append(found.Memory, memoryOf(r.server.pid(), "VmHWM"))
	return nil
}

// nobodyThere is a broker that is away.
const nobodyThere = "nats://127.0.0.1:1"

// wait looks what a server takes that has much to publish and no broker. With an embedded one there
// is no such thing.
func (r *rig) wait(ctx context.Context, found *Pursuit) error {
	if r.plan.broker == "" {
		return nil
	}
	away := *r
	away.settings = append(slices.Clone(r.settings), "--nats-url="+nobodyThere)
	server, err := away.serve(ctx)
	if err != nil {
		return err
	}
	select {
	case <-time.After(min(awayFor, 2*r.site.options.Cell)):
	case <-ctx.Done():
	}
	found.Away = append(found.Away, memoryOf(server.pid(), "VmHWM"))
	return server.stop()
}

// overtake looks until everything is published. It says how much was not at the first look, and
// how long it took from there.
func (s *server) overtake(ctx context.Context) (first float64, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for began := time.Now(); ; {
		c, err := s.counts(ctx)
		if err != nil {
			return 0, 0, err
		}
		left := c["writ_relay_lag_events"]
		if first == 0 {
			first, began = left, time.Now()
		}
		if left == 0 {
			return first, time.Since(began), nil
		}
		select {
		case <-looks.C:
		case <-ctx.Done():
			return 0, 0, fmt.Errorf("the relay is %.0f events behind: %w", left, ctx.Err())
		}
	}
}

func (f *Catchup) print(p *printer) {
	p.say("\n%-50s%22s%16s%16s%15s", "Catching up with what no relay has seen", "facts/s", "writ CPU", "db CPU", "resident MiB")
	for _, s := range f.Stores {
		p.say("  %-48s%22s%16s%16s%15s", fmt.Sprintf("%s, broker %s, %d facts", s.Store, s.Broker, s.Facts),
			plain(s.Rates).text(0), plain(s.Server).text(0), plain(s.DB).text(0), plain(s.Memory).text(0))
	}
	for _, s := range f.Stores {
		aim{what: s.Store + ": facts a second", got: plain(s.Rates).middle, want: catchupAim, least: true}.print(p)
		aim{what: s.Store + ": resident at most, MiB", got: plain(s.Memory).most, want: pursueAim}.print(p)
		if len(s.Away) > 0 {
			aim{what: s.Store + ": resident at most with as much to publish and the broker away, MiB", got: plain(s.Away).most, want: pursueAim}.print(p)
		}
	}
}

// plain is the spread of numbers.
func plain(all []float64) spread {
	return spreadOf(all, func(v float64) float64 { return v })
}
