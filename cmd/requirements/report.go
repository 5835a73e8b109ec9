package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is what is known of every requirement.
type Report struct {
	Claims   map[Number][]Claim
	Diverges map[Number]bool
	Wrong    []string // what a test or a divergence says that cannot be
}

// Open gives the requirements in scope that have neither a test nor a reason.
func (r Report) Open() []Number {
	return r.among(func(s Section, n Number) bool { return s.InScope() && !r.tested(n) && !r.Diverges[n] })
}

func (r Report) tested(n Number) bool { return len(r.Claims[n]) > 0 }

// among gives the numbers that fit, in order.
func (r Report) among(fits func(Section, Number) bool) []Number {
	var all []Number
	for _, s := range Sections {
		for n := s.First; n <= s.Last; n++ {
			if fits(s, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// Print writes the report: a line for each section, then the lists of numbers; with tests, also
// where each number is claimed.
func (r Report) Print(out io.Writer, tests bool) error {
	r.sections(out)
	if tests {
		r.claims(out)
	}
	fmt.Fprintf(out, "\ndiverging: %s\n", spans(r.among(func(_ Section, n Number) bool { return r.Diverges[n] })))
	fmt.Fprintf(out, "open:      %s\n", spans(r.Open()))
	for _, wrong := range r.Wrong {
		fmt.Fprintln(out, wrong)
	}
	_, err := fmt.Fprintln(out, r.verdict())
	return err
}

// sections prints a line for each section.
func (r Report) sections(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "numbers\ttopic\tin scope\ttested\tdiverging\topen\ttested by number")
	for _, s := range Sections {
		in := func(fits func(Number) bool) []Number {
			return r.among(func(of Section, n Number) bool { return of == s && fits(n) })
		}
		tested := in(r.tested)
		diverging := in(func(n Number) bool { return r.Diverges[n] })
		open := in(func(n Number) bool { return slices.Contains(r.Open(), n) })
		fmt.Fprintf(table, "%s–%s\t%s\t%s\t%d\t%d\t%d\t%s\n", s.First, s.Last, s.Topic, s.scope(), len(tested), len(diverging), len(open), spans(tested))
	}
	_ = table.Flush() // the writer's error shows at the last line of the report
}

func (s Section) scope() string {
	if s.InScope() {
		return fmt.Sprint(int(s.Last - s.First + 1))
	}
	return s.Apart
}

// claims prints where each tested number is claimed.
func (r Report) claims(out io.Writer) {
	fmt.Fprintln(out)
	for _, n := range r.among(func(_ Section, n Number) bool { return r.tested(n) }) {
		for _, c := range r.Claims[n] {
			fmt.Fprintf(out, "%s  %s  %s:%d\n", n, c.Func, c.File, c.Line)
		}
	}
}

func (r Report) verdict() string {
	inScope := r.among(func(s Section, _ Number) bool { return s.InScope() })
	tested := r.among(func(s Section, n Number) bool { return s.InScope() && r.tested(n) })
	return fmt.Sprintf("%d requirements in scope: %d tested, %d open", len(inScope), len(tested), len(r.Open()))
}

// spans writes numbers shortly: R-007.
func spans(all []Number) string {
	if len(all) == 0 {
		return "none"
	}
	var parts []string
	for start := 0; start < len(all); {
		end := start
		for end+1 < len(all) && all[end+1] == all[end]+1 {
			end++
		}
		part := all[start].String()
		if end > start {
			part += "–" + all[end].String()
		}
		parts, start = append(parts, part), end+1
	}
	return strings.Join(parts, " ")
}
