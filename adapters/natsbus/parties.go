package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Party is whom a stream concerns. Either may be empty.
type Party struct {
	Client  string `json:"client_id,omitempty"`
	Account string `json:"account_id,omitempty"`
}

// Streams is the part of ports.EventStore that the relay reads: most facts name neither a client
// nor an account, their stream does.
type Streams interface {
	Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error)
	History(ctx context.Context, s event.Stream, after event.Version) iter.Seq2[event.Fact, error]
}

const maxParties = 16 << 10 // streams remembered, about 2 MB

// parties knows whom streams concern, which is settled when a stream begins.
type parties struct {
	store Streams
	known map[event.Stream]Party
}

// learn finds out about the streams of facts, with one query for those that are new to it.
func (p *parties) learn(ctx context.Context, facts []event.Fact) error {
	if p.known == nil || len(p.known) > maxParties {
		p.known = make(map[event.Stream]Party, maxParties)
	}
	var unknown []event.Stream
	for _, f := range facts {
		if _, known := p.known[f.Stream]; known {
			continue
		}
		party, tells, err := opening(f)
		p.known[f.Stream] = party
		if err != nil || !tells { // what cannot be read stops the relay when its turn comes
			unknown = append(unknown, f.Stream)
		}
	}
	return p.lookUp(ctx, unknown)
}

// lookUp goes by the state rows; where a row was purged, by the stream's first fact.
func (p *parties) lookUp(ctx context.Context, unknown []event.Stream) error {
	if len(unknown) == 0 {
		return nil
	}
	rows, err := p.store.Load(ctx, unknown)
	if err != nil {
		p.known = nil
		return fmt.Errorf("load %d streams: %w", len(unknown), err)
	}
	found := make(map[event.Stream]bool, len(rows))
	for _, row := range rows {
		found[row.Stream] = true
		p.known[row.Stream] = Party{Client: row.Client, Account: row.Account}
	}
	for _, s := range unknown {
		if found[s] {
			continue
		}
		if err := p.readBack(ctx, s); err != nil {
			p.known = nil
			return fmt.Errorf("read the first fact of %s: %w", s, err)
		}
	}
	return nil
}

func (p *parties) readBack(ctx context.Context, s event.Stream) error {
	for first, err := range p.store.History(ctx, s, 0) {
		if err != nil {
			return err
		}
		p.known[s], _, err = opening(first)
		return err
	}
	return nil
}

// opening reads whom a stream concerns from the fact that began it. It reports whether f is such
// a fact, or no fact is needed to tell.
func opening(f event.Fact) (party Party, tells bool, err error) {
	var begun any
	switch {
	case f.Version == 1 && f.Stream.Kind == grant.Kind:
		begun, err = decode(grant.Catalogue, f)
	case f.Version == 1 && f.Stream.Kind == device.Kind:
		begun, err = decode(device.Catalogue, f)
	case f.Version == 1 && f.Stream.Kind == session.Kind:
		begun, err = decode(session.Catalogue, f)
	case f.Version == 1 && f.Stream.Kind == client.Kind:
		begun, err = decode(client.Catalogue, f)
	}
	if err != nil {
		return Party{}, false, err
	}
	switch e := begun.(type) {
	case grant.Opened:
		return of(e.Client, e.Account), true, nil
	case device.Requested:
		return of(e.Client, ""), true, nil
	case session.Started:
		return of("", e.Account), true, nil
	case client.Registered:
		return of(oauth.ClientID(f.Stream.ID), e.Owner), true, nil
	default:
		return Party{}, !looksUp[f.Stream.Kind], nil
	}
}

// looksUp are the kinds whose later facts do not say whom they concern.
var looksUp = map[string]bool{grant.Kind: true, device.Kind: true, session.Kind: true, client.Kind: true}

func of(c oauth.ClientID, a oauth.AccountID) Party { return Party{string(c), string(a)} }

func decode(c *event.Catalogue, f event.Fact) (any, error) {
	e, err := c.Decode(f.Name, f.Revision, func(into any) error { return json.Unmarshal(f.Data, into) })
	if err != nil {
		return nil, fmt.Errorf("fact %s at position %d: %w", f.ID, f.Position, err)
	}
	return e, nil
}
