package eventsourcing

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/token"
	"writ/ports"
)

// PartySource is the part of ports.EventStore by which it is found out whom a stream concerns.
type PartySource interface {
	Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error)
	History(ctx context.Context, s event.Stream, after event.Version) iter.Seq2[event.Fact, error]
}

const maxParties = 16 << 10 // streams remembered, about 2 MB

// Parties plays ports.Parties. It remembers whom streams concern, which is settled when a stream
// begins.
type Parties struct {
	store PartySource
	mu    sync.Mutex
	known map[event.Stream]ports.Party
}

var _ ports.Parties = (*Parties)(nil)

// NewParties makes Parties that ask a store.
func NewParties(store PartySource) *Parties { return &Parties{store: store} }

// Of implements ports.Parties, with one query for the streams that are new to it. A fact that cannot
// be read is no error here: its stream concerns nobody.
func (p *Parties) Of(ctx context.Context, facts []event.Fact) (map[event.Stream]ports.Party, error) {
	found, unknown := p.recall(facts)
	if len(unknown) > 0 {
		err := p.lookUp(ctx, unknown, found)
		if err != nil {
			return nil, err
		}
	}
	p.remember(found)
	return found, nil
}

// recall gives what is remembered, or said by facts that begin streams, and the streams that neither
// tells about.
func (p *Parties) recall(facts []event.Fact) (found map[event.Stream]ports.Party, unknown []event.Stream) {
	found = make(map[event.Stream]ports.Party, len(facts))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range facts {
		if _, again := found[f.Stream]; again {
			continue
		}
		party, known := p.known[f.Stream]
		if !known {
			party, known = opening(f)
		}
		found[f.Stream] = party
		if !known {
			unknown = append(unknown, f.Stream)
		}
	}
	return found, unknown
}

func (p *Parties) remember(found map[event.Stream]ports.Party) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known)+len(found) > maxParties {
		p.known = make(map[event.Stream]ports.Party, len(found))
	}
	for s, party := range found {
		p.known[s] = party
	}
}

// lookUp goes by the state rows; where a row was purged, by the stream's first fact.
func (p *Parties) lookUp(ctx context.Context, unknown []event.Stream, found map[event.Stream]ports.Party) error {
	rows, err := p.store.Load(ctx, unknown)
	if err != nil {
		return fmt.Errorf("load %d streams: %w", len(unknown), err)
	}
	told := make(map[event.Stream]bool, len(rows))
	for _, row := range rows {
		if _, asked := found[row.Stream]; asked {
			told[row.Stream], found[row.Stream] = true, ports.Party{Client: row.Client, Account: row.Account}
		}
	}
	for _, s := range unknown {
		if told[s] {
			continue
		}
		found[s], err = p.readBack(ctx, s)
		if err != nil {
			return fmt.Errorf("read the first fact of %s: %w", s, err)
		}
	}
	return nil
}

func (p *Parties) readBack(ctx context.Context, s event.Stream) (ports.Party, error) {
	for first, err := range p.store.History(ctx, s, 0) {
		if err != nil {
			return ports.Party{}, err
		}
		party, _ := opening(first)
		return party, nil
	}
	return ports.Party{}, nil
}

// opening reads whom a stream concerns from the fact that began it. It reports false where f is not
// such a fact, and one is needed to tell.
func opening(f event.Fact) (_ ports.Party, tells bool) {
	catalogue, needed := openers[f.Stream.Kind]
	switch {
	case f.Stream.Kind == account.Kind:
		return ports.Party{Account: f.Stream.ID}, true
	case !needed:
		return ports.Party{}, true
	case f.Version != 1:
		return ports.Party{}, false
	}
	begun, err := catalogue.Decode(f.Name, f.Revision, func(into any) error { return json.Unmarshal(f.Data, into) })
	if err != nil {
		return ports.Party{}, false
	}
	return concerns(begun, f.Stream.ID), true
}

// openers are the kinds whose facts say whom they concern only when a stream begins.
var openers = map[string]*event.Catalogue{
	authorization.Kind: authorization.Catalogue, client.Kind: client.Catalogue, device.Kind: device.Catalogue,
	grant.Kind: grant.Catalogue, passkey.Kind: passkey.Catalogue, session.Kind: session.Catalogue,
	token.Kind: token.Catalogue, token.RevocationKind: token.RevocationCatalogue,
}

// concerns is whom an event names that begins the stream with an id.
func concerns(begun any, id string) ports.Party {
	switch e := begun.(type) {
	case authorization.Approved:
		return partyOf(e.Client, e.Account)
	case authorization.Denied:
		return partyOf(e.Client, e.Account)
	case client.Registered:
		return partyOf(oauth.ClientID(id), e.Owner)
	case device.Requested:
		return partyOf(e.Client, "")
	case grant.Opened:
		return partyOf(e.Client, e.Account)
	case passkey.Registered:
		return partyOf("", e.Account)
	case session.Started:
		return partyOf("", e.Account)
	case token.Issued:
		return partyOf(e.Client, e.Account)
	case token.Revoked:
		return partyOf(e.Client, "")
	default:
		return ports.Party{}
	}
}

func partyOf(c oauth.ClientID, a oauth.AccountID) ports.Party {
	return ports.Party{Client: string(c), Account: string(a)}
}
