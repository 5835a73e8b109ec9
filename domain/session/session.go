package session

import (
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Session.
//
//sumtype:decl
type Event interface{ isSessionEvent() }

// Started says that a person signed in.
type Started struct {
	Account   oauth.AccountID `json:"account"`
	Token     oauth.Digest    `json:"token"`
	AMR       []string        `json:"amr"` // RFC 8176
	UserAgent event.Personal  `json:"user_agent,omitempty"`
	Source    event.Personal  `json:"source,omitempty"` // the address it came from
	Until     time.Time       `json:"until"`
}

// Ended says that the session may not be used any more.
type Ended struct {
	Reason string `json:"reason"`
}

func (Started) isSessionEvent() {}
func (Ended) isSessionEvent()   {}

// DataSubject implements event.AboutPerson.
func (e Started) DataSubject() string { return string(e.Account) }

// Visitor is a person whose session was recognised, or one of the person's programs by its access
// key. A key's AuthTime is when the person made it, and it has no methods.
type Visitor struct {
	Session  string
	Key      string // of a program: the id of its access key; it has no session
	Account  oauth.AccountID
	AuthTime time.Time
	AMR      []string
}

// Binding is what a request that this visitor began is bound to: nobody else may decide it.
func (v Visitor) Binding() string {
	if v.Key != "" {
		return "key " + v.Key
	}
	return v.Session
}

// ErrNotSignedIn refuses what needs a live session.
var ErrNotSignedIn = oauth.Refuse(oauth.LoginRequired, "sign in first")

// ErrStale refuses what only somebody may do who signed in a short while ago.
var ErrStale = oauth.Refuse(oauth.LoginRequired, "sign in again first")

// FreshFor is how long after signing in a person may do what a stolen session must not, such as
// adding a passkey or erasing the account.
const FreshFor = 15 * time.Minute

// Fresh refuses a visitor who signed in longer ago than FreshFor.
func (v Visitor) Fresh(at time.Time) error {
	if at.Sub(v.AuthTime) > FreshFor {
		return ErrStale
	}
	return nil
}

// The authentication contexts (OIDC Core §2, acr).
const (
	// Plain is a sign-in that somebody on the way could have relayed.
	Plain = "1"
	// PhishingResistant is a sign-in with a key that answers this server only (OpenID EAP ACR Values 1.0).
	PhishingResistant = "phr"
)

// ACR is the authentication context that methods of RFC 8176 amount to; empty when there are none.
func ACR(amr []string) string {
	switch {
	case slices.Contains(amr, "hwk"), slices.Contains(amr, "swk"):
		return PhishingResistant
	case len(amr) == 0:
		return ""
	default:
		return Plain
	}
}

// Kind is the kind of a session's stream.
const Kind = "session"

// Catalogue is the only place that knows how session events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Started]("started"),
	event.Define[Ended]("ended"),
)

// Lifetime is how long a session lasts at most.
const Lifetime = 90 * 24 * time.Hour

// Session is a signed-in browser.
type Session struct {
	event.Root
	state State
}

// State is what the row of a session keeps.
type State struct {
	Started
	AuthTime time.Time `json:"auth_time"`
	Ended    bool      `json:"ended,omitempty"`
}

// Named is the session with an id, to be loaded.
func Named(id string) *Session { return &Session{Root: event.Existing(Kind, id)} }

// Unstarted is the session that signing in is to begin.
func Unstarted(id string) *Session { return &Session{Root: event.Unborn(Kind, id)} }

// Start begins the session.
func (s *Session) Start(e Started, at time.Time) {
	e.Until = at.Add(Lifetime)
	s.record(e, at)
}

// End ends the session. Doing it again changes nothing.
func (s *Session) End(reason string, at time.Time) {
	if s.Exists() && !s.state.Ended {
		s.record(Ended{Reason: reason}, at)
	}
}

// Proves reports whether token is this session's, and the session is live.
func (s *Session) Proves(token oauth.Opaque, at time.Time) bool {
	return s.Live(at) && token.Digest().Matches(s.state.Token)
}

// Live reports whether the session can be used at a moment.
func (s *Session) Live(at time.Time) bool {
	return s.Exists() && !s.state.Ended && at.Before(s.state.Until)
}

// Account is whose session it is.
func (s *Session) Account() oauth.AccountID { return s.state.Account }

// View is the state, for those who show it.
func (s *Session) View() State { return s.state }

func (s *Session) record(e Event, at time.Time) { s.Record(e, at); s.apply(e, at) }

// Catalogue implements event.Aggregate.
func (s *Session) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (s *Session) State() event.State { return &s.state }

// Replay implements event.Aggregate.
func (s *Session) Replay(e any, at time.Time) { s.apply(e.(Event), at) }

func (s *Session) apply(e Event, at time.Time) {
	switch e := e.(type) {
	case Started:
		s.state.Started, s.state.AuthTime = e, at
	case Ended:
		s.state.Ended, s.state.Until = true, at
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// DataSubject implements event.AboutPerson.
func (s *State) DataSubject() string { return string(s.Account) }

// Index implements event.State.
func (s *State) Index() event.Index {
	return event.Index{Account: string(s.Account), Ends: s.Until, Keep: s.Until.Add(7 * 24 * time.Hour)}
}
