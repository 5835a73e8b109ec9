package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// storeNames say what a store promises.
var storeNames = map[string]string{
	sqliteStore:   "SQLite, embedded, synchronous=FULL",
	postgresStore: "PostgreSQL, fsync=on, synchronous_commit=on",
}

func (t *Table) print(p *printer) {
	p.others(slices.Concat(t.Bare, t.Cells))
	t.printFloor(p)
	for _, c := range t.Rows {
		t.printStore(p, c.Store)
	}
	p.say("\n%s", tableNotes)
	t.printAims(p)
}

func (t *Table) printFloor(p *printer) {
	p.say("\n%-53s%6s%19s%17s%16s%8s", "The floor of this machine", "conns", "requests/s", "p50 ms", "p99 ms", "CPU µs")
	for _, h := range t.Bare {
		what := strings.TrimSuffix(fmt.Sprintf("%s, %s", h.Row, h.Store), ", ")
		p.say("  %-51s%6d%19s%17s%16s%8s", what, h.Connections,
			h.whole(Reading.perSecond), h.fine(Reading.p50), h.fine(Reading.p99), h.middle(Reading.server))
	}
	p.say("%78s%33s%8s", "wall µs", "median µs", "CPU µs")
	p.cost("one ES256 signature", &t.Signature)
	for i, c := range t.Rows {
		p.cost(fmt.Sprintf("one row's share of a commit of %d, %s", batchRows, c.Store), c)
		p.cost("a durable commit of one row, "+c.Store, t.Commits[i])
	}
}

func (p *printer) cost(what string, c *Costs) {
	wall := spreadOf(c.Rounds, func(c Cost) float64 { return c.Wall })
	p50 := spreadOf(c.Rounds, func(c Cost) float64 { return c.P50 })
	cpu := spreadOf(c.Rounds, func(c Cost) float64 { return c.CPU })
	p.say("  %-51s%25s%33s%8s", what, wall.text(1), p50.text(1), number(cpu.middle))
}

func (t *Table) printStore(p *printer, store string) {
	p.say("\n%s; the relay is paused", storeNames[store])
	p.say("  %-20s%7s%27s%21s%21s", "a request", "conns", "requests/s", "p50 ms", "p99 ms")
	for _, c := range t.ofStore(store) {
		p.say("  %-20s%7d%27s%21s%21s", c.Row, c.Connections,
			c.whole(Reading.perSecond), c.fine(Reading.p50), c.fine(Reading.p99))
	}
	p.say("  %-20s%7s%16s%16s%6s%13s%7s%9s%8s%9s", "", "", "writ CPU µs", "db CPU µs", "load", "allocations", "trips", "commits", "batch", "× floor")
	for _, c := range t.ofStore(store) {
		p.say("  %-20s%7d%16s%16s%6s%13s%7s%9s%8s%9s", c.Row, c.Connections,
			c.whole(Reading.server), c.spread(Reading.database).known(), c.middle(Reading.own), c.middle(Reading.allocations),
			c.share(func(r Reading) float64 { return r.RoundTrips }), c.share(func(r Reading) float64 { return r.Commits }),
			c.middle(func(r Reading) float64 { return r.Batch }), c.share(func(r Reading) float64 { return r.Ratio }))
	}
}

// known is the spread in whole numbers, or a dash.
func (s spread) known() string {
	if s.most == 0 {
		return "-"
	}
	return s.text(0)
}

func (r Reading) allocations() float64 { return r.Allocations }

// share is a number with two digits, or a dash.
func (r *Readings) share(pick func(Reading) float64) string {
	if r.spread(pick).middle == 0 {
		return "-"
	}
	return r.at(pick, 2)
}

// ofStore are the cells of a store, one row after the other.
func (t *Table) ofStore(store string) []*Readings {
	var found []*Readings
	for _, c := range t.Cells {
		if c.Store == store {
			found = append(found, c)
		}
	}
	place := func(c *Readings) int {
		return slices.IndexFunc(rows, func(r row) bool { return r.name == c.Row })
	}
	slices.SortStableFunc(found, func(a, b *Readings) int { return cmp.Compare(place(a), place(b)) })
	return found
}

var tableNotes = strings.TrimSpace(`
writ is the server's processor time; db that of PostgreSQL's processes, which with SQLite is part of writ; load that of
the load generator. Trips are exchanges with the database, commits are transactions, batch is decisions a commit.
The floor is a gin handler alone that parses the form, at as many connections, one signature and one row's share of a
batch; its database is that of the server, while it is idle. The tokens of the rows called new were never shown before.`)
