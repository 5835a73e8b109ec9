package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// printer prints lines and remembers the first error. Lines have at most 120 columns.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	_, err := fmt.Fprintf(p.out, format+"\n", args...)
	p.err = errors.Join(p.err, err)
}

// quiet is the share of the processors that others may use without much effect.
const quiet = 0.05

// others says which part of the processors the machine gave to somebody else meanwhile.
func (p *printer) others(cells []*Readings) {
	var all []Reading
	for _, c := range cells {
		all = append(all, c.Rounds...)
	}
	busy := spreadOf(all, func(r Reading) float64 { return r.Others })
	warning := ""
	if busy.middle > quiet {
		warning = ": rates suffer"
	}
	p.say("other processes used %.0f%% of the processors meanwhile (at most %.0f%% in a cell)%s", 100*busy.middle, 100*busy.most, warning)
}

func (r Reading) perSecond() float64 { return r.PerSecond }
func (r Reading) p50() float64       { return r.P50 }
func (r Reading) p99() float64       { return r.P99 }
func (r Reading) server() float64    { return r.ServerCPU }
func (r Reading) database() float64  { return r.DatabaseCPU }
func (r Reading) own() float64       { return r.OwnCPU }

func (r *Readings) spread(pick func(Reading) float64) spread { return spreadOf(r.Rounds, pick) }

func (r *Readings) whole(pick func(Reading) float64) string { return r.spread(pick).text(0) }

func (r *Readings) fine(pick func(Reading) float64) string { return r.spread(pick).text(2) }

func (r *Readings) middle(pick func(Reading) float64) string { return number(r.spread(pick).middle) }

func (r *Readings) at(pick func(Reading) float64, digits int) string {
	return fmt.Sprintf("%.*f", digits, r.spread(pick).middle)
}

// number is a number as people read them; what is not known is a dash.
func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v == never:
		return "never"
	case v < 10:
		return strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00")
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
