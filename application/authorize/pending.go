package authorize

import (
	"context"
	"errors"
	"time"

	"writ/domain/authorization"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Pending keeps requests that wait for a person: to be seen signing in, or to decide.
type Pending struct {
	interactions ports.Interactions
	keys         oauth.TokenKeys
	clock        ports.Clock
	entropy      ports.Entropy
}

// NewPending wires it.
func NewPending(i ports.Interactions, k oauth.TokenKeys, c ports.Clock, e ports.Entropy) *Pending {
	return &Pending{interactions: i, keys: k, clock: c, entropy: e}
}

// Store keeps a request of nobody yet, such as one that was posted from another site, where the
// session cookie is not sent.
func (p *Pending) Store(ctx context.Context, r Request) (oauth.Opaque, error) {
	return p.keep(ctx, r, session.Visitor{})
}

// Resume gives the request that was stored under an id. It stays bound to the first session that
// resumes it.
func (p *Pending) Resume(ctx context.Context, requestID string, v *session.Visitor) (Request, error) {
	if v == nil {
		return p.peek(ctx, requestID)
	}
	w, err := p.take(ctx, requestID, *v)
	return w.request, err
}

// peek lets somebody who is not signed in see which request they are on.
func (p *Pending) peek(ctx context.Context, requestID string) (Request, error) {
	id, ok := p.keys.Parse(oauth.RequestID, requestID)
	if !ok {
		return Request{}, authorization.ErrDecided
	}
	i, err := p.interactions.Bind(ctx, id.ID(), "", "", p.clock.Now())
	if err != nil {
		return Request{}, unknownAs(err)
	}
	return decodeRequest(i.Request)
}

func (p *Pending) newID() string { return p.entropy.ID() }

func (p *Pending) keep(ctx context.Context, r Request, v session.Visitor) (oauth.Opaque, error) {
	data, err := r.encode()
	if err != nil {
		return oauth.Opaque{}, err
	}
	var secret [32]byte
	p.entropy.Fill(secret[:])
	id := p.newID()
	err = p.interactions.Keep(ctx, ports.Interaction{
		ID: id, Session: v.Binding(), Account: string(v.Account), Request: data,
		Expires: p.clock.Now().Add(interactionLifetime),
	})
	return p.keys.Mint(oauth.RequestID, id, 0, secret), err
}

// waiting is a request that a visitor may decide.
type waiting struct {
	id      string
	request Request
	expires time.Time
}

// take gives the request that a visitor may decide. One that was begun in another browser is as
// unknown as one that never was.
func (p *Pending) take(ctx context.Context, requestID string, v session.Visitor) (waiting, error) {
	id, ok := p.keys.Parse(oauth.RequestID, requestID)
	if !ok {
		return waiting{}, authorization.ErrDecided
	}
	i, err := p.interactions.Bind(ctx, id.ID(), v.Binding(), string(v.Account), p.clock.Now())
	if err != nil {
		return waiting{}, unknownAs(err)
	}
	r, err := decodeRequest(i.Request)
	return waiting{i.ID, r, i.Expires}, err
}

func unknownAs(err error) error {
	if errors.Is(err, ports.ErrNotFound) {
		return authorization.ErrDecided
	}
	return err
}
