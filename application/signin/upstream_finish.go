package signin

import (
	"context"
	"crypto/subtle"
	"errors"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Refusals of those who come back from another provider.
var (
	// ErrUpstream refuses an answer that proves nothing here.
	ErrUpstream = oauth.Refuse(oauth.AccessDenied, "the other provider did not prove who you are, or it took too long; begin again")
	// ErrSignInAndLink refuses to take an account for another one because of its address. Whoever owns
	// both can link them.
	ErrSignInAndLink = oauth.Refuse(oauth.AccessDenied, "an account with this e-mail address exists: sign in to it another way first, and link the provider there")
	// ErrNoNewcomers refuses to open an account for somebody who has none.
	ErrNoNewcomers = oauth.Refuse(oauth.AccessDenied, "no account is linked to this, and new ones are not taken here")
	// ErrLinkedElsewhere refuses to link an identity that belongs to another account.
	ErrLinkedElsewhere = oauth.Refuse(oauth.InvalidRequest, "this identity is linked to another account")
)

// UpstreamFinishCommand is somebody who comes back from another provider.
type UpstreamFinishCommand struct {
	Upstream string
	Ticket   string
	State    string
	Code     oauth.Secret
	Issuer   string           // RFC 9207
	Failed   bool             // the provider sent an error instead of a code
	Visitor  *session.Visitor // who is signed in in this browser; nil: nobody
	Visit
}

// Arrived is what became of a journey.
type Arrived struct {
	SignedIn        // zero when an identity was linked
	Return   string // where the person wanted to go
	Linking  bool
}

// UpstreamFinish takes people in who come back from other providers.
type UpstreamFinish struct {
	ledger    ports.Ledger
	finder    ports.Finder
	upstreams ports.Upstreams
	server    *oauth.Server
	open      SignUpPolicy
	tickets   tickets[journey]
	clock     ports.Clock
	entropy   ports.Entropy
	start     starter
}

// UpstreamRoles are what UpstreamFinish needs of the platform.
type UpstreamRoles struct {
	Ledger    ports.Ledger
	Finder    ports.Finder
	Upstreams ports.Upstreams
	Vault     ports.Vault
	Clock     ports.Clock
	Entropy   ports.Entropy
}

// NewUpstreamFinish wires the use case.
func NewUpstreamFinish(r UpstreamRoles, s *oauth.Server, k oauth.TokenKeys, open SignUpPolicy) *UpstreamFinish {
	return &UpstreamFinish{
		ledger: r.Ledger, finder: r.Finder, upstreams: r.Upstreams, server: s, open: open,
		tickets: journeys(r.Vault, r.Clock), clock: r.Clock, entropy: r.Entropy, start: starter{r.Ledger, k, r.Clock, r.Entropy},
	}
}

// Execute signs in, opens an account, or links, as the journey was begun. When it refuses it still
// says where the person wanted to go, if the ticket is good.
func (uc *UpstreamFinish) Execute(ctx context.Context, cmd UpstreamFinishCommand) (Arrived, error) {
	j, err := uc.tickets.collect(cmd.Ticket)
	if err != nil || j.Upstream != cmd.Upstream || subtle.ConstantTimeCompare([]byte(j.State), []byte(cmd.State)) != 1 {
		return Arrived{}, ErrUpstream
	}
	arrived := Arrived{Return: string(j.Return), Linking: j.Session != ""}
	if cmd.Failed {
		return arrived, ErrUpstream
	}
	who, err := uc.upstreams.Answer(ctx, j.Upstream, ports.UpstreamAnswer{Question: j.question(), Code: cmd.Code, Issuer: cmd.Issuer})
	switch {
	case errors.Is(err, ports.ErrUnproven), errors.Is(err, ports.ErrNotFound):
		return arrived, ErrUpstream
	case err != nil:
		return arrived, err
	case arrived.Linking:
		return arrived, uc.link(ctx, j, who, cmd.Visitor)
	}
	arrived.SignedIn, err = uc.signIn(ctx, j, who, cmd.Visit)
	return arrived, err
}

// link ties the identity to the account of the session that began the journey, if that is still the
// one in this browser.
func (uc *UpstreamFinish) link(ctx context.Context, j journey, who ports.UpstreamPerson, v *session.Visitor) error {
	if v == nil || v.Session != j.Session || v.Account != j.Account {
		return session.ErrNotSignedIn
	}
	s, a := session.Named(j.Session), account.Named(j.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if !s.Live(at) || a.Served() != nil || !a.Recognises(s.View().AuthTime) {
			return session.ErrNotSignedIn
		}
		return a.LinkIdentity(identityOf(who), at)
	}, s, a)
	if isTaken(err, "identity") {
		return ErrLinkedElsewhere
	}
	return err
}

func identityOf(who ports.UpstreamPerson) account.Identity {
	return account.Identity{Issuer: who.Issuer, Subject: event.Personal(who.Subject), Email: event.Personal(who.Email)}
}

func isTaken(err error, kind string) bool {
	var taken *ports.TakenError
	return errors.As(err, &taken) && taken.Kind == kind
}

// methodUpstream is how somebody signed in whom another provider vouches for. RFC 8176 has no word for
// it, and what that provider says of its own methods proves nothing here.
const methodUpstream = "fed"

func (uc *UpstreamFinish) signIn(ctx context.Context, j journey, who ports.UpstreamPerson, visit Visit) (SignedIn, error) {
	stream, err := uc.finder.Find(ctx, account.IdentityKey(who.Issuer, who.Subject))
	if errors.Is(err, ports.ErrNotFound) {
		var in SignedIn
		in, err = uc.welcome(ctx, j, who, visit)
		if err == nil || !isOfAnother(err) {
			return in, err
		}
		first := err // unless it is the same person in another tab who was first
		stream, err = uc.finder.Find(ctx, account.IdentityKey(who.Issuer, who.Subject))
		if errors.Is(err, ports.ErrNotFound) {
			return SignedIn{}, first
		}
	}
	if err != nil {
		return SignedIn{}, err
	}
	return uc.admit(ctx, account.Named(oauth.AccountID(stream.ID)), j, who, visit)
}

// isOfAnother reports whether an account that is there already stands in the way of a new one.
func isOfAnother(err error) bool {
	return errors.Is(err, ErrSignInAndLink) || isTaken(err, "identity")
}

func (uc *UpstreamFinish) admit(ctx context.Context, a *account.Account, j journey, who ports.UpstreamPerson, visit Visit) (SignedIn, error) {
	in, err := uc.start.start(ctx, a, proof{
		amr: []string{methodUpstream}, visit: visit, once: j.ID,
		decide: func() error {
			if !linked(a, who) {
				return ErrUpstream // it was unlinked meanwhile
			}
			return nil
		},
	})
	if errors.Is(err, ErrSpent) || errors.Is(err, ErrCredentials) {
		err = ErrUpstream
	}
	return in, err
}

func linked(a *account.Account, who ports.UpstreamPerson) bool {
	for _, i := range a.View().Identities {
		if i.Issuer == who.Issuer && i.Subject.Reveal() == who.Subject {
			return true
		}
	}
	return false
}
