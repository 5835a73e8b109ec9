package authorization

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals. All that can be wrong with a code reads the same (RFC 6749 §5.2).
var (
	// ErrCode refuses a code that cannot be redeemed.
	ErrCode = oauth.Refuse(oauth.InvalidGrant, "the code is unknown, expired, used, another client's or for another redirect URI")
	// ErrReplayed refuses a code that its own client redeemed before. The grant it opened is to be
	// revoked. On the wire it is ErrCode.
	ErrReplayed = oauth.Refuse(ErrCode.Code, ErrCode.Reason)
	// ErrVerifier refuses a code whose verifier is missing or wrong.
	ErrVerifier = oauth.Refuse(oauth.InvalidGrant, "the code_verifier is missing or does not match")
	// ErrDecided refuses to decide a request twice.
	ErrDecided = oauth.Refuse(oauth.InvalidRequest, "the request is unknown, expired or decided already")
)

const (
	maxWrongVerifiers = 5
	// retention is how long a replay is still recognised.
	retention = 30 * 24 * time.Hour
)

// Authorization is a decided authorization request.
type Authorization struct {
	event.Root
	state State
}

// State is what the row of an authorization keeps.
type State struct {
	Approved
	Denied bool `json:"denied,omitempty"`
	Spent  bool `json:"spent,omitempty"`
	Wrong  int  `json:"wrong,omitempty"`
}

// Named is the authorization with an id, to be loaded.
func Named(id string) *Authorization { return &Authorization{Root: event.Existing(Kind, id)} }

// Undecided is the authorization that a decision on the request with id is to begin.
func Undecided(id string) *Authorization { return &Authorization{Root: event.Unborn(Kind, id)} }

// Approve issues a code for the request.
func (a *Authorization) Approve(e Approved, at time.Time) error {
	if a.Exists() {
		return ErrDecided
	}
	a.record(e, at)
	return nil
}

// Deny ends the request.
func (a *Authorization) Deny(client oauth.ClientID, account oauth.AccountID, at time.Time) error {
	if a.Exists() {
		return ErrDecided
	}
	a.record(Denied{Client: client, Account: account}, at)
	return nil
}

// Redemption is a request for tokens against a code (RFC 6749 §4.1.3). Obstacle is why tokens could
// not be issued even if the code is good; the code is not spent for nothing then.
type Redemption struct {
	Client   oauth.ClientID
	Code     oauth.Opaque
	Redirect oauth.RedirectURI
	Verifier oauth.CodeVerifier
	Obstacle error
	At       time.Time
}

// Redeem spends the code. What was recorded must be kept also when Redeem refuses.
func (a *Authorization) Redeem(r Redemption) error {
	switch {
	case !a.issued(r.Code), a.state.Client != r.Client, !a.redirectFits(r.Redirect):
		return ErrCode
	case a.state.Spent && r.Verifier.Answers(a.state.Challenge) && a.state.Wrong < maxWrongVerifiers:
		return ErrReplayed
	case a.state.Spent, !r.At.Before(a.state.Until):
		return ErrCode
	case !r.Verifier.Answers(a.state.Challenge):
		a.record(VerifierRefused{}, r.At)
		return ErrVerifier
	case r.Obstacle != nil:
		return r.Obstacle
	}
	a.record(Redeemed{}, r.At)
	return nil
}

func (a *Authorization) issued(code oauth.Opaque) bool {
	return a.Exists() && !a.state.Denied && code.Digest().Matches(a.state.Code)
}

// redirectFits compares with the redirect URI of the request; one that was left out there may be
// left out here (RFC 6749 §4.1.3).
func (a *Authorization) redirectFits(r oauth.RedirectURI) bool {
	return r == a.state.Redirect || r == "" && a.state.Implied
}

// Approval is what was approved.
func (a *Authorization) Approval() Approved { return a.state.Approved }

func (a *Authorization) record(e Event, at time.Time) { a.Record(e, at); a.apply(e, at) }

// Catalogue implements event.Aggregate.
func (a *Authorization) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (a *Authorization) State() event.State { return &a.state }

// Replay implements event.Aggregate.
func (a *Authorization) Replay(e any, at time.Time) { a.apply(e.(Event), at) }

func (a *Authorization) apply(e Event, at time.Time) {
	s := &a.state
	switch e := e.(type) {
	case Approved:
		s.Approved = e
	case Denied:
		s.Denied, s.Client, s.Account, s.Until = true, e.Client, e.Account, at
	case VerifierRefused:
		s.Wrong++
		s.Spent = s.Wrong >= maxWrongVerifiers
	case Redeemed:
		s.Spent = true
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// Index implements event.State.
func (s *State) Index() event.Index {
	return event.Index{
		Account: string(s.Account),
		Client:  string(s.Client),
		Ends:    s.Until,
		Keep:    s.Until.Add(retention),
	}
}
