package natsbus

import (
	"context"
	"fmt"
	"time"

	"writ/domain/event"
	"writ/ports"
)

// Comparison is what the log, the relay's checkpoint and the stream say about each other. Facts that
// are only not relayed yet are Lag, and no difference.
type Comparison struct {
	Head        event.Position `json:"head"`        // of the log
	Checkpoint  event.Position `json:"checkpoint"`  // of the relay
	First       uint64         `json:"first"`       // message that the stream still holds, by its own count
	Last        uint64         `json:"last"`        // message of the stream
	Messages    int            `json:"messages"`    // that were compared
	Lag         int            `json:"lag"`         // facts that are still to be published
	OlderForms  int            `json:"older_forms"` // messages in a form that an earlier version wrote; only their envelopes were compared
	Problems    int            `json:"problems"`    // all of them
	Differences []Difference   `json:"differences"` // the first of them
}

// Difference is one problem, at a message of the stream or at a fact of the log.
type Difference struct {
	Kind     Deviation      `json:"kind"`
	Sequence uint64         `json:"message,omitempty"`  // in the stream; 0: there is none
	Position event.Position `json:"position,omitempty"` // in the log; 0: there is none
	Event    string         `json:"event,omitempty"`    // id
	Problem  string         `json:"problem"`
}

// Deviation is a kind of difference.
type Deviation string

// The kinds of differences.
const (
	Missing       Deviation = "missing"    // a fact that should have been published is not in the stream
	Invented      Deviation = "invented"   // a message whose fact is not in the log
	Beyond        Deviation = "beyond"     // a message of a position that the log has not reached
	Twice         Deviation = "twice"      // a fact was published again
	Disordered    Deviation = "order"      // a message comes after one of a later fact
	Altered       Deviation = "altered"    // a message does not have the bytes that its fact gives
	Misaddressed  Deviation = "subject"    // a message has another subject than its fact gives
	CheckpointOff Deviation = "checkpoint" // the checkpoint lies where the log or the stream has not come to
)

// maxDifferences bounds what a comparison keeps; the others are only counted.
const maxDifferences = 1000

func (c *Comparison) differ(d Difference) {
	c.Problems++
	if len(c.Differences) < maxDifferences {
		c.Differences = append(c.Differences, d)
	}
}

// ComparePorts are the roles that a comparison reads.
type ComparePorts struct {
	Feed        ports.EventFeed
	Parties     ports.Parties
	Checkpoints ports.Checkpoints
}

// CompareOptions say where the stream is, and how facts are published.
type CompareOptions struct {
	URL         string    // of the broker
	Credentials string    // a file; those of a subscriber suffice; empty: none
	Issuer      string    // the source of every message
	Forms       Forms     // of what is published
	Since       time.Time // facts before are not missed in the stream, and their messages not judged; zero: all count
}

// Compare compares while servers go on working; it changes nothing. What it asks first can only lag
// behind what it asks later: the checkpoint, then the stream, then the log.
func Compare(ctx context.Context, p ComparePorts, o CompareOptions) (*Comparison, error) {
	c := &Comparison{Differences: []Difference{}}
	var err error
	c.Checkpoint, err = p.Checkpoints.Checkpoint(ctx, relayName)
	if err != nil {
		return nil, fmt.Errorf("read the relay's checkpoint: %w", err)
	}
	s, err := openRetained(ctx, o.URL, o.Credentials)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c.First, c.Last = s.first, s.last
	c.Head, err = p.Feed.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the head of the log: %w", err)
	}
	known := PublicForms(IssuanceForms(), o.Forms) // what was once published is judged by its form, too
	l := &logWindow{feed: p.Feed, parties: p.Parties, since: o.Since, forms: o.Forms, write: RelayOptions{Issuer: o.Issuer, Forms: known}}
	j := &judge{Comparison: c, log: l, missed: map[event.Position]int{}}
	err = s.each(ctx, func(m retained) error { return j.message(ctx, m) })
	if err == nil {
		err = j.end(ctx)
	}
	return c, err
}
