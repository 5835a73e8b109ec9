package passkey

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals.
var (
	// ErrRegistered refuses to register a credential twice, by whomever.
	ErrRegistered = oauth.Refuse(oauth.InvalidRequest, "this passkey is registered already")
	// ErrUnknown refuses a passkey that does not exist, was removed or is another person's.
	ErrUnknown = oauth.Refuse(oauth.InvalidRequest, "no such passkey of yours")
	// ErrName refuses a name.
	ErrName = oauth.Refuse(oauth.InvalidRequest, "a passkey's name has 1 to 60 printable characters")
	// ErrAnswer refuses what a browser sent to end a ceremony, without telling an unknown passkey
	// from a wrong signature.
	ErrAnswer = oauth.Refuse(oauth.AccessDenied, "the passkey could not be checked; begin again")
	// ErrUnavailable refuses ceremonies where there can be none: WebAuthn knows servers by name.
	ErrUnavailable = oauth.Refuse(oauth.InvalidRequest, "this server has no name that passkeys could be made for")
	// ErrTooMany refuses to register yet another passkey.
	ErrTooMany = oauth.Refuse(oauth.InvalidRequest, "an account has at most 20 passkeys; remove one first")
	// ErrCloned refuses a passkey whose counter went back (WebAuthn §6.1.1): its key may have been
	// copied off the authenticator.
	ErrCloned = oauth.Refuse(oauth.AccessDenied, "this passkey may have been copied; sign in another way, remove it and register a new one")
)

// retention is how long the row of a removed passkey is kept, so that a sign-in with it that is
// under way is refused for what it is.
const retention = 30 * 24 * time.Hour

// Passkey is a registered credential.
type Passkey struct {
	event.Root
	state State
}

// State is what the row of a passkey keeps.
type State struct {
	Account    oauth.AccountID `json:"account"`
	Name       event.Personal  `json:"name"`
	Credential Credential      `json:"credential"`
	Registered time.Time       `json:"registered"`
	Cloned     bool            `json:"cloned,omitempty"`
	Removed    time.Time       `json:"removed,omitzero"`
}

// Named is the passkey whose stream has an id, to be loaded.
func Named(id string) *Passkey { return &Passkey{Root: event.Existing(Kind, id)} }

// Unregistered is the passkey that a credential is to begin.
func Unregistered(credential Credential) *Passkey {
	return &Passkey{Root: event.Unborn(Kind, StreamOf(Bytes(credential.ID)))}
}

// Register begins the passkey. Without a name it gets one.
func (p *Passkey) Register(account oauth.AccountID, name string, c Credential, at time.Time) error {
	named, err := normalName(name)
	switch {
	case p.Exists():
		return ErrRegistered
	case err != nil:
		return err
	}
	p.record(Registered{Account: account, Name: named, Credential: c}, at)
	return nil
}

// Rename changes what the person calls the passkey. The same name changes nothing.
func (p *Passkey) Rename(by oauth.AccountID, name string, at time.Time) error {
	named, err := normalName(name)
	switch {
	case !p.belongs(by):
		return ErrUnknown
	case err != nil:
		return err
	case named != p.state.Name:
		p.record(Renamed{Account: by, Name: named}, at)
	}
	return nil
}

// Remove ends the passkey.
func (p *Passkey) Remove(by oauth.AccountID, at time.Time) error {
	if !p.belongs(by) {
		return ErrUnknown
	}
	p.record(Removed{}, at)
	return nil
}

// Use notes what a ceremony found of the credential. A counter that went back is recorded and
// refused, from then on for good; one that stays at 0 is that of an authenticator that does not
// count.
func (p *Passkey) Use(counter uint32, backedUp bool, at time.Time) error {
	c := p.state.Credential
	switch {
	case !p.Live():
		return ErrUnknown
	case p.state.Cloned:
		return ErrCloned
	case counter <= c.Counter && (counter != 0 || c.Counter != 0):
		p.record(Used{Counter: c.Counter, BackedUp: backedUp, Cloned: true}, at)
		return ErrCloned
	case counter != c.Counter, backedUp != c.BackedUp:
		p.record(Used{Counter: counter, BackedUp: backedUp}, at)
	}
	return nil
}

// Live reports whether the passkey exists and was not removed.
func (p *Passkey) Live() bool { return p.Exists() && p.state.Removed.IsZero() }

// SignsIn reports whether the passkey is live and may not have been copied.
func (p *Passkey) SignsIn() bool { return p.Live() && !p.state.Cloned }

func (p *Passkey) belongs(to oauth.AccountID) bool { return p.Live() && p.state.Account == to }

// Account is whose passkey it is.
func (p *Passkey) Account() oauth.AccountID { return p.state.Account }

// View is the state, for those who show it.
func (p *Passkey) View() State { return p.state }

const (
	unnamed    = "Passkey"
	longestTag = 60
)

func normalName(s string) (event.Personal, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return unnamed, nil
	}
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longestTag || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", ErrName
	}
	return event.Personal(s), nil
}

func (p *Passkey) record(e Event, at time.Time) { p.Record(e, at); p.apply(e, at) }

// Catalogue implements event.Aggregate.
func (p *Passkey) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (p *Passkey) State() event.State { return &p.state }

// Replay implements event.Aggregate.
func (p *Passkey) Replay(e any, at time.Time) { p.apply(e.(Event), at) }

func (p *Passkey) apply(e Event, at time.Time) {
	s := &p.state
	switch e := e.(type) {
	case Registered:
		s.Account, s.Name, s.Credential, s.Registered = e.Account, e.Name, e.Credential, at
	case Renamed:
		s.Name = e.Name
	case Used:
		s.Credential.Counter, s.Credential.BackedUp, s.Cloned = e.Counter, e.BackedUp, e.Cloned
	case Removed:
		s.Removed = at
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// DataSubject implements event.AboutPerson.
func (s *State) DataSubject() string { return string(s.Account) }

// Index implements event.State.
func (s *State) Index() event.Index {
	i := event.Index{Account: string(s.Account), Ends: s.Removed}
	if !s.Removed.IsZero() {
		i.Keep = s.Removed.Add(retention)
	}
	return i
}
