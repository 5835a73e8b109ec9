package signin

import (
	"context"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Recognised is a person whose session was recognised, with the account as it is now.
type Recognised struct {
	session.Visitor
	Profile account.State
}

// Recognise tells by a session's token who is there.
type Recognise struct {
	ledger ports.Ledger
	stamps ports.Stamps
	keys   oauth.TokenKeys
	clock  ports.Clock
}

// NewRecognise wires the use case.
func NewRecognise(l ports.Ledger, st ports.Stamps, k oauth.TokenKeys, c ports.Clock) *Recognise {
	return &Recognise{ledger: l, stamps: st, keys: k, clock: c}
}

// Execute recognises the person. A token that is forged, ended or expired, and an account that may
// not be served, are session.ErrNotSignedIn.
func (uc *Recognise) Execute(ctx context.Context, token oauth.Secret) (Recognised, error) {
	presented, ok := uc.keys.Parse(oauth.SessionToken, token.Reveal())
	if !ok {
		return Recognised{}, session.ErrNotSignedIn
	}
	s, a := session.Named(presented.ID()), account.Named("")
	err := uc.ledger.Load(ctx, s, a)
	if err != nil {
		return Recognised{}, err
	}
	at := uc.clock.Now()
	if !s.Proves(presented, at) || a.Served() != nil || !a.Recognises(s.View().AuthTime) {
		return Recognised{}, session.ErrNotSignedIn
	}
	uc.stamps.Touch(event.Stream{Kind: session.Kind, ID: s.ID()}, at)
	return Recognised{
		Visitor: session.Visitor{Session: s.ID(), Account: s.Account(), AuthTime: s.View().AuthTime, AMR: s.View().AMR},
		Profile: a.View(),
	}, nil
}
