package maintain

import (
	"context"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Sessions lets people see where they are signed in, and end that.
type Sessions struct {
	ledger ports.Ledger
	shelf  ports.Shelf
	stamps ports.Stamps
	clock  ports.Clock
}

// NewSessions wires the use case.
func NewSessions(l ports.Ledger, sh ports.Shelf, st ports.Stamps, c ports.Clock) *Sessions {
	return &Sessions{ledger: l, shelf: sh, stamps: st, clock: c}
}

// Session is one as its owner sees it.
type Session struct {
	ID        string
	UserAgent string
	Source    string // the address it began from
	SignedIn  time.Time
	AMR       []string
	LastUsed  time.Time // the moment of signing in, when it was not used since
	Ends      time.Time
	Current   bool // the browser that asks
}

// ErrSession refuses a session that is not there, or is another person's.
var ErrSession = oauth.Refuse(oauth.InvalidRequest, "no such session of yours")

// List gives the live sessions of a visitor's account, newest first.
func (uc *Sessions) List(ctx context.Context, v session.Visitor) ([]Session, error) {
	own, err := uc.live(ctx, v.Account)
	if err != nil {
		return nil, err
	}
	used, err := uc.stamps.LastUsed(ctx, streamsOf(own))
	if err != nil {
		return nil, err
	}
	shown := make([]Session, 0, len(own))
	for _, s := range own {
		shown = append(shown, sessionOf(s, v, used[s.Stream()]))
	}
	return shown, nil
}

func sessionOf(s *session.Session, v session.Visitor, used time.Time) Session {
	state := s.View()
	if used.Before(state.AuthTime) {
		used = state.AuthTime
	}
	return Session{
		ID: s.ID(), UserAgent: state.UserAgent.Reveal(), Source: state.Source.Reveal(), SignedIn: state.AuthTime,
		AMR: state.AMR, LastUsed: used, Ends: state.Until, Current: s.ID() == v.Session,
	}
}

// live lists the sessions that a decision about all of them has not ended.
func (uc *Sessions) live(ctx context.Context, id oauth.AccountID) ([]*session.Session, error) {
	a := account.Named(id)
	err := uc.ledger.Load(ctx, a)
	if err != nil {
		return nil, err
	}
	own, _, err := uc.shelf.Sessions(ctx, ports.Query{Account: string(id), Live: uc.clock.Now()})
	return slices.DeleteFunc(own, func(s *session.Session) bool { return !a.Recognises(s.View().AuthTime) }), err
}

// End ends one session of a visitor's account: this one, or another. Ending it again changes nothing.
func (uc *Sessions) End(ctx context.Context, v session.Visitor, id string) error {
	if id == v.Session {
		own := session.Named(id)
		return uc.ledger.Decide(ctx, func() error {
			own.End("signed_out", uc.clock.Now())
			return nil
		}, own)
	}
	other, s, a := session.Named(id), session.Named(v.Session), account.Named(v.Account)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		err := signedIn(s, a, at)
		switch {
		case err != nil:
			return err
		case !other.Exists(), other.Account() != v.Account:
			return ErrSession
		}
		other.End("ended_by_owner", at)
		return nil
	}, s, a, other)
}

// EndAll ends every session of a visitor's account, this one included, whatever their number.
func (uc *Sessions) EndAll(ctx context.Context, v session.Visitor) error {
	s, a := session.Named(v.Session), account.Named(v.Account)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := signedIn(s, a, at); err != nil {
			return err
		}
		s.End("signed_out", at)
		return a.SignOut("by_owner", at)
	}, s, a)
}

// atOnce bounds how many sessions one commit ends.
const atOnce = 100

// EndOthers ends every other session that the account has now.
func (uc *Sessions) EndOthers(ctx context.Context, v session.Visitor) error {
	own, err := uc.live(ctx, v.Account)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(own, func(s *session.Session) bool { return s.ID() == v.Session })
	for some := range slices.Chunk(others, atOnce) {
		err = uc.endEach(ctx, v, some)
		if err != nil {
			return err
		}
	}
	return nil
}

func (uc *Sessions) endEach(ctx context.Context, v session.Visitor, others []*session.Session) error {
	s, a := session.Named(v.Session), account.Named(v.Account)
	about := []event.Aggregate{s, a}
	ending := make([]*session.Session, 0, len(others))
	for _, o := range others {
		other := session.Named(o.ID())
		ending, about = append(ending, other), append(about, other)
	}
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := signedIn(s, a, at); err != nil {
			return err
		}
		for _, other := range ending {
			other.End("ended_by_owner", at)
		}
		return nil
	}, about...)
}
