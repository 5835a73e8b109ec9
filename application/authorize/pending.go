package authorize

import (
	"cmp"
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

// Resumed is a request that waited for somebody to sign in. The zero value is none.
type Resumed struct {
	Request Request
	token   string // under which it waits
	id      string
	kept    kept
}

// Resume gives the request that waits under an id, to be begun again. It belongs to nobody until
// that brings somebody further; from then on it belongs to that session alone.
func (p *Pending) Resume(ctx context.Context, requestID string, v *session.Visitor) (Resumed, error) {
	w, err := p.peek(ctx, requestID)
	if v != nil && errors.Is(err, authorization.ErrDecided) {
		w, err = p.take(ctx, requestID, *v)
	}
	switch {
	case err != nil:
		return Resumed{}, err
	case !w.Waits:
		return Resumed{}, authorization.ErrDecided
	}
	return Resumed{Request: w.Request, token: requestID, id: w.id, kept: w.kept}, nil
}

// peek lets anybody see which request they are on, while it belongs to nobody.
func (p *Pending) peek(ctx context.Context, requestID string) (waiting, error) {
	return p.take(ctx, requestID, session.Visitor{})
}

// wait keeps a request of nobody until somebody has signed in.
func (p *Pending) wait(ctx context.Context, k kept) (oauth.Opaque, error) {
	k.Waits, k.Began = true, p.clock.Now()
	return p.keep(ctx, k, session.Visitor{})
}

func (p *Pending) newID() string { return p.entropy.ID() }

func (p *Pending) keep(ctx context.Context, k kept, v session.Visitor) (oauth.Opaque, error) {
	data, err := k.encode()
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
	kept
	id      string
	expires time.Time
}

// decision is the id of what is decided.
func (w waiting) decision() string { return cmp.Or(w.Decides, w.id) }

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
	k, err := decodeKept(i.Request)
	return waiting{k, i.ID, i.Expires}, err
}

// takeReady is take for decisions: a request that waits for somebody to sign in is not ready for one.
func (p *Pending) takeReady(ctx context.Context, requestID string, v session.Visitor) (waiting, error) {
	w, err := p.take(ctx, requestID, v)
	if err == nil && w.Waits {
		return waiting{}, authorization.ErrDecided
	}
	return w, err
}

func unknownAs(err error) error {
	if errors.Is(err, ports.ErrNotFound) {
		return authorization.ErrDecided
	}
	return err
}
