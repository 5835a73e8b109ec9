package signin

import (
	"cmp"
	"context"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Visit is what is known of a browser that signs in.
type Visit struct {
	UserAgent string
	Source    string // the address that the request came from
}

// SignedIn is a session that has begun.
type SignedIn struct {
	Account oauth.AccountID
	Session string
	Token   oauth.Opaque // for the cookie
}

// starter begins sessions. Every way to sign in ends here.
type starter struct {
	ledger  ports.Ledger
	keys    oauth.TokenKeys
	clock   ports.Clock
	entropy ports.Entropy
}

// proof is how somebody showed who they are.
type proof struct {
	amr   []string // RFC 8176
	visit Visit
	// decide is asked in the commit that begins the session, and may record facts about the
	// account and the aggregates beside it. It refuses what no longer holds.
	decide func() error
	also   []event.Aggregate
	once   string // the id of what may begin one session at most, such as a ceremony; empty: nothing is
}

// ErrSpent refuses to begin a second session with what may begin one.
var ErrSpent = oauth.Refuse(oauth.AccessDenied, "this was used already; begin again")

// start begins a session of an account that may be served, in the same commit as what the proof
// decides. An account that may not be served is refused with ErrCredentials, as one that is unknown.
func (st starter) start(ctx context.Context, a *account.Account, p proof) (SignedIn, error) {
	var secret [32]byte
	st.entropy.Fill(secret[:])
	token := st.keys.Mint(oauth.SessionToken, cmp.Or(p.once, st.entropy.ID()), 0, secret)
	s := p.session(token.ID())
	err := st.ledger.Decide(ctx, func() error {
		if s.Exists() {
			return ErrSpent
		}
		err := p.decide()
		switch {
		case err != nil:
			return err
		case a.Served() != nil:
			return ErrCredentials
		}
		s.Start(session.Started{
			Account: a.AccountID(), Token: token.Digest(), AMR: p.amr,
			UserAgent: event.Personal(clip(p.visit.UserAgent)), Source: event.Personal(p.visit.Source),
		}, st.clock.Now())
		return nil
	}, append([]event.Aggregate{a, s}, p.also...)...)
	return SignedIn{Account: a.AccountID(), Session: s.ID(), Token: token}, err
}

// session is the one that a proof begins. Where there may be one only, it is looked for.
func (p proof) session(id string) *session.Session {
	if p.once != "" {
		return session.Named(id)
	}
	return session.Unstarted(id)
}

// clip bounds what a browser says of itself.
func clip(s string) string { return s[:min(len(s), 256)] }
