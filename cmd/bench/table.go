package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// printer prints lines and remembers the first error.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	_, err := fmt.Fprintf(p.out, format+"\n", args...)
	p.err = errors.Join(p.err, err)
}

// storeNames say what a store promises.
var storeNames = map[string]string{
	sqliteStore:   "SQLite, embedded, synchronous=FULL",
	postgresStore: "PostgreSQL, fsync=on, synchronous_commit=on",
}

// print shows the report in tables of at most 120 columns.
func (r *Report) print(out io.Writer) error {
	p := &printer{out: out}
	p.say("writ %s, %d CPUs, %s, %s; the load comes from the same machine", r.Version, r.Machine.CPUs, r.Machine.System, r.Machine.Go)
	p.say("%d rounds of %s a cell; ranges are the least, the middle and the most of the rounds; other numbers the middle", r.RoundCount, r.Cell)
	p.say("scope of people's tokens: %s; every answer was right", r.Scope)
	busy := r.others()
	p.say("other processes used %.0f%% of the processors meanwhile (at most %.0f%% in a cell)", 100*busy.middle, 100*busy.most)
	r.printFloor(p)
	for _, c := range r.Rows {
		r.printStore(p, c.Store)
	}
	r.printEconomy(p)
	p.say("\n%s", notes)
	return p.err
}

// others is the share of the processors that the machine gave to somebody else.
func (r *Report) others() spread {
	var all []Reading
	for _, c := range slices.Concat(r.Bare, r.Cells) {
		all = append(all, c.Rounds...)
	}
	return spreadOf(all, func(r Reading) float64 { return r.Others })
}

func (r *Report) printFloor(p *printer) {
	p.say("\nThe floor of this machine%47s%19s%19s%9s", "requests/s", "p50 ms", "p99 ms", "CPU µs")
	for _, h := range r.Bare {
		p.say("  a bare gin handler that parses the form, conns %2d%21s%19s%19s%9s", h.Connections,
			h.whole(Reading.perSecond), h.fine(Reading.p50), h.fine(Reading.p99), h.middle(Reading.server))
	}
	p.say("%72s%47s", "wall µs", "CPU µs")
	p.cost("one ES256 signature", &r.Signature)
	for i, c := range r.Rows {
		p.cost(fmt.Sprintf("one row's share of a durable commit of %d, %s", batchRows, c.Store), c)
		p.cost("a durable commit of one row, "+c.Store, r.Commits[i])
	}
}

func (p *printer) cost(what string, c *Costs) {
	wall := spreadOf(c.Rounds, func(c Cost) float64 { return c.Wall })
	cpu := spreadOf(c.Rounds, func(c Cost) float64 { return c.CPU })
	p.say("  %-50s%20s%47s", what, wall.text(1), number(cpu.middle))
}

func (r *Report) printStore(p *printer, store string) {
	p.say("\n%-43s%18s%19s%38s", storeNames[store], "", "", "CPU µs a token")
	p.say("  %-18s %5s %19s %18s %18s %7s %7s %7s %8s", "grant", "conns", "tokens/s", "p50 ms", "p99 ms", "writ", "db", "load", "× floor")
	for _, c := range r.ofStore(store) {
		p.say("  %-18s %5d %19s %18s %18s %7s %7s %7s %8s", c.Trade, c.Connections,
			c.whole(Reading.perSecond), c.fine(Reading.p50), c.fine(Reading.p99),
			c.middle(Reading.server), c.middle(Reading.database), c.middle(Reading.own), c.ratio())
	}
}

// ofStore are the cells of a store, one trade after the other.
func (r *Report) ofStore(store string) []*Readings {
	var found []*Readings
	for _, c := range r.Cells {
		if c.Store == store {
			found = append(found, c)
		}
	}
	order := []string{credentialsTrade, refreshTrade, codeTrade}
	slices.SortStableFunc(found, func(a, b *Readings) int {
		return cmp.Compare(slices.Index(order, a.Trade), slices.Index(order, b.Trade))
	})
	return found
}

// economyAt is how many connections show whether requests share commits and reads.
const economyAt = 32

// printEconomy shows how few things the database is asked to do.
func (r *Report) printEconomy(p *printer) {
	if !slices.ContainsFunc(r.Cells, func(c *Readings) bool { return c.Connections == economyAt }) {
		return
	}
	p.say("\nThe database at %d connections%30s%12s%12s%16s%16s", economyAt, "round trips", "reads", "commits", "decisions", "largest")
	p.say("%60s%12s%12s%16s%16s", "a token", "a token", "a token", "a commit", "commit")
	for _, row := range r.Rows {
		for _, c := range r.ofStore(row.Store) {
			if c.Connections != economyAt {
				continue
			}
			p.say("  %-10s %-18s%29s%12s%12s%16s%16s", c.Store, c.Trade,
				c.at(func(r Reading) float64 { return r.RoundTrips }, 3), c.at(func(r Reading) float64 { return r.Reads }, 3),
				c.at(func(r Reading) float64 { return r.Commits }, 3), c.at(func(r Reading) float64 { return r.Batch }, 1),
				c.at(func(r Reading) float64 { return r.Largest }, 0))
		}
	}
}

var notes = strings.TrimSpace(`
writ is the server's processor time, work that a request leaves behind for afterwards (relaying its facts to the broker)
included; db that of PostgreSQL's processes, which with SQLite is part of writ; load that of the load generator.
The floor of a token is the bare handler at as many connections, one signature and one row's share of a batch.
The largest commit is that since the server started. The database of the floor is that of the server, while it is idle.`)

func (r Reading) perSecond() float64 { return r.TokensPerSecond }
func (r Reading) p50() float64       { return r.P50 }
func (r Reading) p99() float64       { return r.P99 }
func (r Reading) server() float64    { return r.ServerCPU }
func (r Reading) database() float64  { return r.DatabaseCPU }
func (r Reading) own() float64       { return r.OwnCPU }

func (r *Readings) whole(pick func(Reading) float64) string { return spreadOf(r.Rounds, pick).text(0) }

func (r *Readings) fine(pick func(Reading) float64) string { return spreadOf(r.Rounds, pick).text(2) }

func (r *Readings) middle(pick func(Reading) float64) string {
	return number(spreadOf(r.Rounds, pick).middle)
}

func (r *Readings) at(pick func(Reading) float64, digits int) string {
	return fmt.Sprintf("%.*f", digits, spreadOf(r.Rounds, pick).middle)
}

func (r *Readings) ratio() string {
	middle := spreadOf(r.Rounds, func(r Reading) float64 { return r.Ratio }).middle
	if middle == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", middle)
}

// number is microseconds as people read them; what is not known is a dash.
func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// text is least/middle/most, with fewer digits where there are many before the point.
func (s spread) text(digits int) string {
	if s.most >= 100 {
		digits = 0
	} else if s.most >= 10 {
		digits = min(digits, 1)
	}
	return fmt.Sprintf("%.*f/%.*f/%.*f", digits, s.least, digits, s.middle, digits, s.most)
}
