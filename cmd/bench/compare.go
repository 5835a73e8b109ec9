package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
)

// Compared is two revisions of the server under the same load, in turn.
type Compared struct {
	Relaying bool        `json:"relaying"`
	Cells    []*Readings `json:"cells"`

	turn int
}

// variants are those of a cell.
var variants = []string{"old", "new"}

// within are the rows for which only the server's own revision could be asked to write into its store, or
// to sign with its keys.
var within = []string{elsewhereRow, freshInspect, freshUserinfo}

func measureCompared(ctx context.Context, s *site) (*Compared, error) {
	old, err := pauses(ctx, s.options.Old)
	if err != nil {
		return nil, err
	}
	fresh, err := pauses(ctx, s.options.Server)
	if err != nil {
		return nil, err
	}
	found := &Compared{Relaying: !old || !fresh}
	for _, store := range s.options.Stores {
		err = found.store(ctx, s, store)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// pauses reports whether a server can leave the relay to others. Older ones could not.
func pauses(ctx context.Context, program string) (bool, error) {
	said, err := exec.CommandContext(ctx, program, "serve", "--help").Output()
	if err != nil {
		return false, fmt.Errorf("ask %s for its settings: %w", program, err)
	}
	return bytes.Contains(said, []byte("WRIT_RELAY")), nil
}

// store compares on one store. Each revision has a store of its own, which it made itself.
func (f *Compared) store(ctx context.Context, s *site, store string) (err error) {
	like := plan{store: store, relays: f.Relaying, outside: true}
	old := like
	old.program = s.options.Old
	rigs, err := s.rigs(ctx, old, like)
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return err
	}
	return s.rounds(ctx, func() error { return f.round(ctx, rigs) })
}

func (f *Compared) round(ctx context.Context, rigs []*rig) error {
	o := rigs[0].site.options
	for _, connections := range o.Connections {
		for _, what := range rows {
			if !o.has(what.name, connections) || slices.Contains(within, what.name) {
				continue
			}
			err := f.pair(ctx, rigs, what.name, connections)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *Compared) pair(ctx context.Context, rigs []*rig, name string, connections int) error {
	for i, variant := range variants {
		readingsIn(&f.Cells, Readings{Store: rigs[i].plan.store, Row: name, Variant: variant, Connections: connections})
	}
	f.turn++
	for k := range rigs {
		i := (k + f.turn) % len(rigs) // each is the first as often as the other
		reading, err := rigs[i].cell(ctx, name, connections)
		if err != nil {
			return fmt.Errorf("the %s server: %w", variants[i], err)
		}
		like := Readings{Store: rigs[i].plan.store, Row: name, Variant: variants[i], Connections: connections}
		readingsIn(&f.Cells, like).add(reading)
	}
	return nil
}

// compared are the columns of a comparison.
var compared = []struct {
	name string
	pick func(Reading) float64
}{
	{"writ CPU µs", Reading.server},
	{"db CPU µs", Reading.database},
	{"requests/s", Reading.perSecond},
	{"p50 ms", Reading.p50},
	{"p99 ms", Reading.p99},
	{"allocations", Reading.allocations},
	{"round trips", func(r Reading) float64 { return r.RoundTrips }},
}

func (f *Compared) print(p *printer) {
	if f.Relaying {
		p.say("\nOne of the two cannot pause the relay: it runs in both.")
	}
	p.say("")
	p.others(f.Cells)
	for _, column := range compared {
		p.say("\n%-50s%26s%26s%16s", column.name, "old", "new", "change")
		for i := 0; i+1 < len(f.Cells); i += 2 {
			f.line(p, f.Cells[i], f.Cells[i+1], column.pick)
		}
	}
}

func (f *Compared) line(p *printer, old, now *Readings, pick func(Reading) float64) {
	a, b := old.spread(pick), now.spread(pick)
	if a.most == 0 && b.most == 0 {
		return
	}
	change := "-"
	if a.middle > 0 {
		change = fmt.Sprintf("%+.1f%%", 100*(b.middle-a.middle)/a.middle)
	}
	if a.least <= b.most && b.least <= a.most {
		change += " ~" // the rounds overlap
	}
	p.say("  %-10s%-24s%14d%26s%26s%16s", old.Store, old.Row, old.Connections, a.text(2), b.text(2), change)
}
