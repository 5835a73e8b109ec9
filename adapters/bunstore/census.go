package bunstore

import (
	"math"

	"writ/ports"
)

// censusName says whose rows of which kind are counted.
type censusName struct{ account, kind string }

// ownedRow is one line of the answer to a census.
type ownedRow struct {
	Stream string
	Ends   int64
}

// ownedRows asks for rows that may be live at the earliest time that a batch looks at.
const ownedRows = `SELECT stream, ends FROM states
	WHERE account = ? AND account <> '' AND stream > ? AND stream < ? AND (ends = 0 OR ends > ?)`

// census asks for the rows that a commit counted. What a batch must know of them no commit can say
// in advance, for it is about streams that the commit does not know of.
func (q *question) census(c ports.Census) {
	q.unusual = true
	name, live := censusName{c.Account, c.Kind}, micros(c.Live)
	if q.censuses == nil {
		q.censuses = map[censusName]int64{}
	}
	earliest, known := q.censuses[name]
	if !known || live < earliest {
		q.censuses[name] = live
	}
}

// roll is when each row of a census ends, by the stream's name.
type roll map[string]int64

func rollOf(rows []ownedRow) roll {
	r := make(roll, len(rows))
	for _, row := range rows {
		r[row.Stream] = ends(row.Ends)
	}
	return r
}

// counted notes the answer to a census.
func (a *answers) counted(name censusName, rows []ownedRow) {
	if a.rolls == nil {
		a.rolls = map[censusName]roll{}
	}
	a.rolls[name] = rollOf(rows)
}

// ends makes a row that does not end by itself end last.
func ends(at int64) int64 {
	if at == 0 {
		return math.MaxInt64
	}
	return at
}

// holds reports whether exactly the streams of a census are live.
func (r roll) holds(c ports.Census) bool {
	live, at := 0, micros(c.Live)
	for _, until := range r {
		if until > at {
			live++
		}
	}
	counted := make(map[string]bool, len(c.Streams))
	for _, s := range c.Streams {
		name := s.String()
		if r[name] <= at {
			return false
		}
		counted[name] = true
	}
	return len(counted) == live
}

// counted reports whether the censuses of a commit hold.
func (p *plan) counted(c ports.Commit) bool {
	for _, census := range c.Census {
		if !p.rolls[censusName{census.Account, census.Kind}].holds(census) {
			return false
		}
	}
	return true
}

// enrol keeps the rolls right for the commits of the batch that come after an append.
func (p *plan) enrol(a ports.Append) {
	for name, r := range p.rolls {
		if name.kind != a.Stream.Kind {
			continue
		}
		delete(r, a.Stream.String())
		if a.Row != nil && a.Row.Account == name.account && name.account != "" {
			r[a.Stream.String()] = ends(micros(a.Row.Ends))
		}
	}
}
