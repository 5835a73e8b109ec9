package main

import "fmt"

// aim is what a number should be.
type aim struct {
	what  string
	got   float64
	want  float64
	least bool // the number should be at least what is wanted, not at most
}

func (a aim) print(p *printer) { p.say("  %-86s%31s", a.what, a.short()) }

// short is what was measured and what was aimed at, with a mark when it was missed.
func (a aim) short() string {
	sign, met, mark := "≤", a.got <= a.want, " "
	if a.least {
		sign, met = "≥", a.got >= a.want
	}
	if !met {
		mark = "!"
	}
	return fmt.Sprintf("%s %s %s%s", exact(a.got), sign, number(a.want), mark)
}

// exact has a digit more than number, so that a miss can be told.
func exact(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 10 && v < 100:
		return fmt.Sprintf("%.1f", v)
	default:
		return number(v)
	}
}

// budget is what a row may cost at mainConnections on PostgreSQL.
type budget struct {
	row              string
	server, database float64
	perSecond        float64
}

// idleDatabase is what a database uses that is asked nothing, a request.
const idleDatabase = 1

var budgets = []budget{
	{credentialsRow, 125, 30, 9000},
	{refreshRow, 165, 60, 5500},
	{codeRow, 230, 90, 3800},
	{elsewhereRow, 230, 90, 3800},
	{deviceRow, 190, 60, 5500},
	{introspectRow, 80, 20, 10000},
	{freshInspect, 125, 20, 10000},
	{userinfoRow, 90, 25, 9000},
	{freshUserinfo, 125, 25, 9000},
	{discoveryRow, 18, idleDatabase, 45000},
	{keySetRow, 18, idleDatabase, 45000},
}

// leastOfSQLite is the part of PostgreSQL's throughput that the embedded store has to reach.
const leastOfSQLite = 0.85

// printAims sets the medians beside what was aimed at. What was missed is marked.
func (t *Table) printAims(p *printer) {
	p.say("\nWhat was aimed at at %d connections%17s%22s%21s%23s", mainConnections, "writ CPU µs", "PostgreSQL CPU µs", "requests/s", "SQLite's part of them")
	for _, b := range budgets {
		t.printBudget(p, b)
	}
	t.printLatency(p)
	t.printRatios(p)
	t.printPace(p)
}

// The floor where the aims were set, in processor microseconds.
const (
	formThere, documentThere, signatureThere = 17.0, 13.0, 28.0
)

// printPace says how fast the machine is, beside the one on which the aims were set.
func (t *Table) printPace(p *printer) {
	form, document := t.bareHandler(bareFormRow, "", mainConnections), t.bareHandler(bareDocumentRow, "", mainConnections)
	if form == nil || document == nil {
		return
	}
	parsed, answered := form.spread(Reading.server).middle, document.spread(Reading.server).middle
	signed := spreadOf(t.Signature.Rounds, func(c Cost) float64 { return c.CPU }).middle
	p.say("  The aims were set where a form took gin %.0f µs, a document %.0f, and a signature %.0f: here %.2f, %.2f, %.2f times that.",
		formThere, documentThere, signatureThere, parsed/formThere, answered/documentThere, signed/signatureThere)
}

func (t *Table) printBudget(p *printer, b budget) {
	c := t.find(postgresStore, b.row, mainConnections)
	if c == nil {
		return
	}
	rate, part := c.spread(Reading.perSecond).middle, ""
	if s := t.find(sqliteStore, b.row, mainConnections); s != nil {
		part = aim{got: s.spread(Reading.perSecond).middle / rate, want: leastOfSQLite, least: true}.short()
	}
	p.say("  %-32s%19s%22s%22s%22s", b.row,
		aim{got: c.spread(Reading.server).middle, want: b.server}.short(),
		aim{got: c.spread(Reading.database).middle, want: b.database}.short(),
		aim{got: rate, want: b.perSecond, least: true}.short(), part)
}

// printLatency compares a lone request with what it has to wait for at least.
func (t *Table) printLatency(p *printer) {
	signed := spreadOf(t.Signature.Rounds, func(c Cost) float64 { return c.P50 }).middle
	for i, commits := range t.Commits {
		if c := t.find(commits.Store, credentialsRow, 1); c != nil {
			least := signed + spreadOf(t.Commits[i].Rounds, func(c Cost) float64 { return c.P50 }).middle
			what := fmt.Sprintf("a lone client_credentials, %s: p50 over commit + signature (%.0f µs)", commits.Store, least)
			aim{what, 1000 * c.spread(Reading.p50).middle / least, 1.3, false}.print(p)
			if b := t.bareHandler(bareTokenRow, commits.Store, 1); b != nil {
				bare := 1000 * b.spread(Reading.p50).middle
				p.say("    gin alone, which parses, commits a row and signs, answers in %.0f µs: %.2f times them", bare, bare/least)
			}
		}
	}
	for _, c := range t.Cells {
		if c.Connections == mainConnections && (c.Row == credentialsRow || c.Row == refreshRow || c.Row == codeRow) {
			apart := c.spread(func(r Reading) float64 { return r.P99 / r.P50 })
			aim{fmt.Sprintf("%s, %s: p99 over p50", c.Row, c.Store), apart.middle, 4, false}.print(p)
		}
	}
}

// overFloor is how much more than the floor a row may cost.
var overFloor = map[string]float64{credentialsRow: 2.0, refreshRow: 2.8}

func (t *Table) printRatios(p *printer) {
	for _, c := range t.Cells {
		want, wanted := overFloor[c.Row]
		if wanted && c.Connections == mainConnections {
			over := c.spread(func(r Reading) float64 { return r.Ratio })
			aim{fmt.Sprintf("%s, %s: CPU over the floor's", c.Row, c.Store), over.middle, want, false}.print(p)
		}
	}
}

func (t *Table) find(store, row string, connections int) *Readings {
	for _, c := range t.Cells {
		if c.Store == store && c.Row == row && c.Connections == connections {
			return c
		}
	}
	return nil
}
