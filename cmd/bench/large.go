package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Large is how refreshing does as the store grows.
type Large struct {
	Sizes []Size    `json:"sizes"`
	Old   *Readings `json:"old_grants"` // each refreshed very often before
	New   *Readings `json:"new_grants"`
	Often int       `json:"refreshed_before"`
}

// Size is a store of one size, beside one that holds little more than what is refreshed.
type Size struct {
	Grants  int           `json:"grants"`
	Events  int           `json:"events"`
	Disk    int64         `json:"disk_bytes"`
	Loading time.Duration `json:"loading_ns"`
	Ended   string        `json:"ended_early,omitempty"` // why it is not larger
	Small   *Readings     `json:"small"`
	Large   *Readings     `json:"large"`
}

const (
	loadWithin = time.Hour
	leastFree  = 0.2 // of the disk
	chunk      = 50_000
	often      = 3000
	flat       = 1.15 // how much more a refresh may cost in a large store
)

// scale is a large store and a small one, with what fills them.
type scale struct {
	*site
	small, large *rig
	few, many    *copies
	began        time.Time
}

func measureLarge(ctx context.Context, s *site) (_ *Large, err error) {
	rigs, err := s.rigs(ctx, plan{store: postgresStore}, plan{store: postgresStore})
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return nil, err
	}
	sc := &scale{site: s, small: rigs[0], large: rigs[1], began: time.Now()}
	sc.few, err = sc.small.originals(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sc.few.conn.Close(ctx)) }()
	err = sc.prove(ctx)
	if err != nil {
		return nil, err
	}
	sc.many, err = sc.large.originals(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sc.many.conn.Close(ctx)) }()
	found := &Large{}
	for _, grants := range s.options.Sizes {
		size, err := sc.size(ctx, grants)
		if err != nil {
			return nil, err
		}
		found.Sizes = append(found.Sizes, size)
	}
	return found, sc.deepen(ctx, found)
}

// proofs is how many copies are looked at closely.
const proofs = 200

// prove has the server itself compare some copies with the log: they are what it would have written.
func (sc *scale) prove(ctx context.Context) error {
	err := sc.few.load(ctx, proofs)
	if err != nil {
		return err
	}
	var said any
	err = sc.small.command(ctx, "", &said, "verify")
	if err != nil {
		return fmt.Errorf("compare the copies with the log: %w", err)
	}
	return nil
}

// size grows the store and measures.
func (sc *scale) size(ctx context.Context, grants int) (Size, error) {
	size := Size{Small: &Readings{Connections: mainConnections}, Large: &Readings{Connections: mainConnections}}
	began := time.Now()
	var err error
	size.Ended, err = sc.grow(ctx, grants)
	if err != nil {
		return size, err
	}
	size.Loading, size.Grants = time.Since(began), sc.many.made
	size.Events = sc.many.made * (rotations + 1)
	err = sc.many.conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size.Disk)
	if err != nil {
		return size, err
	}
	err = sc.turns(ctx, &Readings{}, &Readings{}, 0) // so that both servers are warm
	if err != nil {
		return size, err
	}
	turn := 0
	return size, sc.rounds(ctx, func() error { turn++; return sc.turns(ctx, size.Small, size.Large, turn) })
}

// turns measures both stores, each as often first as the other.
func (sc *scale) turns(ctx context.Context, small, large *Readings, turn int) error {
	if turn%2 == 0 {
		return errors.Join(sc.once(ctx, sc.small, sc.few, small), sc.once(ctx, sc.large, sc.many, large))
	}
	return errors.Join(sc.once(ctx, sc.large, sc.many, large), sc.once(ctx, sc.small, sc.few, small))
}

// grow loads until there are as many grants, or says why it stops before.
func (sc *scale) grow(ctx context.Context, grants int) (string, error) {
	for sc.many.made < grants {
		free, err := freeOf(sc.cluster.dir)
		switch {
		case err != nil:
			return "", err
		case free < leastFree:
			return "the disk is full enough", settled(ctx, sc.many.conn)
		case time.Since(sc.began) > loadWithin:
			return "an hour is over", settled(ctx, sc.many.conn)
		}
		err = sc.many.load(ctx, min(chunk, grants-sc.many.made))
		if err != nil {
			return "", err
		}
		if sc.many.made%(20*chunk) == 0 {
			sc.note("  %d grants after %s", sc.many.made, time.Since(sc.began).Round(time.Second))
		}
	}
	return "", settled(ctx, sc.many.conn)
}

// settled does at once what the database would do while it is measured, and brings what loading went past
// into its memory, where that of a server which has run for a while is.
func settled(ctx context.Context, conn *pgx.Conn) error {
	for _, statement := range []string{
		"VACUUM (ANALYZE) events", "VACUUM (ANALYZE) states",
		"CREATE EXTENSION IF NOT EXISTS pg_prewarm", "SELECT pg_prewarm('states'), pg_prewarm('states_pkey')", "CHECKPOINT",
	} {
		_, err := conn.Exec(ctx, statement)
		if err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// freeOf is the part of a disk that can still be used.
func freeOf(dir string) (float64, error) {
	var s syscall.Statfs_t
	err := syscall.Statfs(dir, &s)
	if err != nil {
		return 0, fmt.Errorf("ask for the space in %s: %w", dir, err)
	}
	return float64(s.Bavail) / float64(s.Blocks-s.Bfree+s.Bavail), nil
}

// once refreshes a random sample of a store's grants, each once.
func (sc *scale) once(ctx context.Context, r *rig, c *copies, to *Readings) error {
	o := sc.options
	n := need{mainConnections, o.Cell + o.warmth()}.pieces(r, refreshRow, 6000)
	if missing := n - len(c.sample); missing > 0 {
		err := c.load(ctx, missing)
		if err != nil {
			return err
		}
	}
	reading, err := r.readTrade(ctx, once{r.webHead(), c.draw(n)}, mainConnections)
	if err == nil {
		r.rates[rateOf(refreshRow, mainConnections)] = reading.PerSecond
		to.add(reading)
	}
	return err
}

// readTrade measures a trade that is no row.
func (r *rig) readTrade(ctx context.Context, t trade, connections int) (Reading, error) {
	l, err := connect(ctx, r.addresses(), connections, t)
	if err != nil {
		return Reading{}, err
	}
	defer l.close()
	_, err = l.run(ctx, r.site.options.warmth())
	if err != nil {
		return Reading{}, err
	}
	return r.read(ctx, l, r.site.options.Cell)
}

// deepen refreshes one grant of each connection very often, and then compares them with new ones.
func (sc *scale) deepen(ctx context.Context, found *Large) error {
	found.Old, found.New = &Readings{Connections: mainConnections}, &Readings{Connections: mainConnections}
	found.Often = often
	if sc.options.brief() {
		found.Often = 30
	}
	old, err := sc.chain(ctx)
	if err == nil {
		err = sc.small.repeat(ctx, old, found.Often)
	}
	if err != nil {
		return err
	}
	return sc.rounds(ctx, func() error {
		fresh, err := sc.chain(ctx)
		if err != nil {
			return err
		}
		return errors.Join(sc.refresh(ctx, old, found.Old), sc.refresh(ctx, fresh, found.New))
	})
}

// chain opens one grant for each connection.
func (sc *scale) chain(ctx context.Context) (*chains, error) {
	opened, err := sc.small.open(ctx, mainConnections, sc.small.scope)
	if err != nil {
		return nil, err
	}
	refresh := make([]string, len(opened))
	for i, p := range opened {
		refresh[i] = p.refresh
	}
	return deal(sc.small.webHead(), refresh, mainConnections), nil
}

func (sc *scale) refresh(ctx context.Context, t *chains, to *Readings) error {
	reading, err := sc.small.readTrade(ctx, t, mainConnections)
	if err == nil {
		to.add(reading)
	}
	return err
}

// repeat does a trade so often on each connection.
func (r *rig) repeat(ctx context.Context, t trade, times int) error {
	l, err := connect(ctx, r.addresses(), mainConnections, t)
	if err != nil {
		return err
	}
	defer l.close()
	l.most = times
	_, err = l.run(ctx, loadWithin)
	return err
}

func (f *Large) print(p *printer) {
	p.say("\nRefresh in a store that grows, each grant of a random sample once; the small store holds little more than those")
	p.say("  %-14s%13s%9s%9s%19s%19s%17s%17s", "grants", "events", "GiB", "loaded", "writ CPU: small", "large", "db CPU: small", "large")
	for _, s := range f.Sizes {
		p.say("  %-14d%13d%9.1f%9s%19s%19s%17s%17s", s.Grants, s.Events, float64(s.Disk)/(1<<30), s.Loading.Round(time.Second),
			s.Small.whole(Reading.server), s.Large.whole(Reading.server), s.Small.whole(Reading.database), s.Large.whole(Reading.database))
	}
	p.others(f.cells())
	for _, s := range f.Sizes {
		s.print(p)
	}
	f.printSlope(p)
	p.say("  a grant refreshed %d times before: writ CPU %s, %s/s; a new one: %s, %s/s", f.Often,
		f.Old.whole(Reading.server), f.Old.whole(Reading.perSecond), f.New.whole(Reading.server), f.New.whole(Reading.perSecond))
	aim{what: "a grant that was refreshed very often, over a new one: CPU", got: ratio(f.Old, f.New, both), want: flat}.print(p)
}

// cells are all that was read.
func (f *Large) cells() []*Readings {
	all := []*Readings{f.Old, f.New}
	for _, s := range f.Sizes {
		all = append(all, s.Small, s.Large)
	}
	return all
}

func both(r Reading) float64 { return r.ServerCPU + r.DatabaseCPU }

func ratio(a, b *Readings, pick func(Reading) float64) float64 {
	return a.spread(pick).middle / b.spread(pick).middle
}

func (s Size) print(p *printer) {
	if s.Ended != "" {
		p.say("  it did not grow beyond %d grants: %s", s.Grants, s.Ended)
	}
	p.say("  %d grants: %s requests/s, small store %s", s.Grants, s.Large.whole(Reading.perSecond), s.Small.whole(Reading.perSecond))
	aim{what: fmt.Sprintf("%d grants: CPU over the small store's", s.Grants), got: ratio(s.Large, s.Small, both), want: flat}.print(p)
	aim{
		what: fmt.Sprintf("%d grants: requests/s over the small store's", s.Grants),
		got:  ratio(s.Large, s.Small, Reading.perSecond), want: 2 - flat, least: true,
	}.print(p)
}

// printSlope says what ten times as many grants cost.
func (f *Large) printSlope(p *printer) {
	if len(f.Sizes) < 2 {
		return
	}
	first, last := f.Sizes[0], f.Sizes[len(f.Sizes)-1]
	tens := math.Log10(float64(last.Grants) / float64(first.Grants))
	if tens <= 0 {
		return
	}
	grown := (ratio(last.Large, last.Small, both) - ratio(first.Large, first.Small, both)) / tens
	p.say("  ten times as many grants cost %+.1f%% of the CPU of a refresh in the small store", 100*grown)
}
