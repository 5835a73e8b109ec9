package account

import (
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Refusals.
var (
	// ErrNotServed refuses every token to an account that is unknown, suspended or deleted.
	ErrNotServed = oauth.Refuse(oauth.InvalidGrant, "the account may not be served")
	// ErrMayNotUseClients refuses to let clients act for an account without the permission for it.
	ErrMayNotUseClients = oauth.Refuse(oauth.AccessDenied, "the account may not use OAuth clients")
	// ErrID refuses an account id.
	ErrID = oauth.Refuse(oauth.InvalidRequest, "an account id has 1 to 64 of A-Z, a-z, 0-9, _ and -")
	// ErrUnknown says that there is no such account, where this may be said.
	ErrUnknown = oauth.Refuse(oauth.InvalidRequest, "unknown account")
	// ErrDeleted refuses to change an account that has ended.
	ErrDeleted = oauth.Refuse(oauth.InvalidRequest, "the account was deleted")
	// ErrTaken refuses to open an account twice.
	ErrTaken = oauth.Refuse(oauth.InvalidRequest, "this account id is taken")
)

// Account is the record of a person.
type Account struct {
	event.Root
	state State
}

// State is what the row of an account keeps.
type State struct {
	Account     string         `json:"account"`
	Profile     Profile        `json:"profile"`
	Password    event.Personal `json:"password,omitempty"`
	Permissions oauth.Scope    `json:"permissions"`
	Shadow      bool           `json:"shadow,omitempty"`
	Suspended   bool           `json:"suspended,omitempty"`
	Deleted     bool           `json:"deleted,omitempty"`
	Followed    Followed       `json:"followed,omitzero"`
	Contacts    []Contact      `json:"contacts,omitempty"` // beside the primary ones in the profile
	Identities  []Identity     `json:"identities,omitempty"`
	Keys        []Key          `json:"keys,omitempty"`
	SignedOut   time.Time      `json:"signed_out,omitzero"` // sessions that began before are over
	Created     time.Time      `json:"created"`
	Updated     time.Time      `json:"updated"`
}

// Followed is the last announcement of another service that was applied, facet by facet.
type Followed struct {
	Permissions uint64 `json:"permissions,omitempty"`
	Standing    uint64 `json:"standing,omitempty"`
	Profile     uint64 `json:"profile,omitempty"`
}

// Named is the account with an id, to be loaded. An empty id is the account that another
// aggregate of the same decision belongs to.
func Named(id oauth.AccountID) *Account { return &Account{Root: event.Existing(Kind, string(id))} }

// Opening is what a new account begins with.
type Opening struct {
	Profile     Profile
	Password    string // its hash, or empty
	Permissions oauth.Scope
	At          time.Time
}

// ValidID reports whether s can be an account id.
func ValidID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Open begins the account, or adopts it when it is a shadow so far.
func (a *Account) Open(o Opening) error {
	profile, err := o.Profile.normal()
	switch {
	case err != nil:
		return err
	case !ValidID(a.ID()):
		return ErrID
	case profile.Handle == "":
		return ErrHandle
	case a.state.Deleted:
		return ErrDeleted
	case a.Exists() && !a.state.Shadow:
		return ErrTaken
	}
	a.begin(o.Permissions, o.At)
	a.record(ProfileChanged{Account: a.ID(), Profile: profile, Fields: profile.differences(a.state.Profile)}, o.At)
	if o.Password != "" {
		a.record(PasswordChanged{Account: a.ID(), Hash: event.Personal(o.Password)}, o.At)
	}
	return nil
}

// begin opens or adopts. Permissions that another service announced for a shadow stay.
func (a *Account) begin(permissions oauth.Scope, at time.Time) {
	switch {
	case !a.Exists():
		a.record(Opened{Permissions: permissions}, at)
	case a.state.Followed.Permissions > 0:
		a.record(Adopted{Permissions: a.state.Permissions}, at)
	default:
		a.record(Adopted{Permissions: permissions}, at)
	}
}

// SetProfile replaces the profile. Setting the same one changes nothing.
func (a *Account) SetProfile(p Profile, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	p, err := p.normal()
	if err != nil {
		return err
	}
	if fields := p.differences(a.state.Profile); len(fields) > 0 {
		a.record(ProfileChanged{Account: a.ID(), Profile: p, Fields: fields}, at)
	}
	return nil
}

// SetPassword replaces the hash of the password.
func (a *Account) SetPassword(hash string, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	a.record(PasswordChanged{Account: a.ID(), Hash: event.Personal(hash)}, at)
	return nil
}

// Suspend stops the account from being served. Doing it again changes nothing.
func (a *Account) Suspend(at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if !a.state.Suspended {
		a.record(Suspended{}, at)
	}
	return nil
}

// Reinstate lets the account be served again. Doing it again changes nothing.
func (a *Account) Reinstate(at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if a.state.Suspended {
		a.record(Reinstated{}, at)
	}
	return nil
}

// Delete ends the account and erases the person's data. Doing it again changes nothing.
func (a *Account) Delete(at time.Time) error {
	switch {
	case !a.Exists():
		return ErrUnknown
	case !a.state.Deleted:
		a.record(Deleted{Account: a.ID()}, at)
	}
	return nil
}

// SignOut ends every session of the account, by the time that they began at. A new password and a
// suspension do the same.
func (a *Account) SignOut(reason string, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	a.record(SignedOut{Reason: reason}, at)
	return nil
}

// Recognises reports whether a session that began at a time is not over by a decision about all.
func (a *Account) Recognises(began time.Time) bool { return !began.Before(a.state.SignedOut) }

func (a *Account) changeable() error {
	switch {
	case !a.Exists():
		return ErrUnknown
	case a.state.Deleted:
		return ErrDeleted
	default:
		return nil
	}
}

// Served refuses an account that gets no token by any grant.
func (a *Account) Served() error {
	if !a.Exists() || a.state.Suspended || a.state.Deleted {
		return ErrNotServed
	}
	return nil
}

// AccountID is the account's id, which is the subject of its tokens.
func (a *Account) AccountID() oauth.AccountID { return oauth.AccountID(a.ID()) }

// Permissions are what the account holds.
func (a *Account) Permissions() oauth.Scope { return a.state.Permissions }

// View is the state, for those who show it.
func (a *Account) View() State { return a.state }

func (a *Account) record(e Event, at time.Time) { a.Record(e, at); a.apply(e, at) }

// Catalogue implements event.Aggregate.
func (a *Account) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (a *Account) State() event.State { return &a.state }

// Replay implements event.Aggregate.
func (a *Account) Replay(e any, at time.Time) { a.apply(e.(Event), at) }

func (a *Account) apply(e Event, at time.Time) {
	s := &a.state
	s.Updated = at
	switch e := e.(type) {
	case Opened:
		s.Account, s.Permissions, s.Shadow, s.Created = a.ID(), e.Permissions, e.Shadow, at
	case Adopted:
		s.Permissions, s.Shadow = e.Permissions, false
	case ProfileChanged:
		s.replaceProfile(e.Profile)
		s.Followed.Profile = max(s.Followed.Profile, e.Sequence)
	case PasswordChanged:
		s.Password, s.SignedOut = e.Hash, at
	case PermissionsChanged:
		s.Permissions = e.Permissions
		s.Followed.Permissions = max(s.Followed.Permissions, e.Sequence)
	case Suspended:
		s.Suspended, s.SignedOut = true, at
		s.Followed.Standing = max(s.Followed.Standing, e.Sequence)
	case Reinstated:
		s.Suspended = false
		s.Followed.Standing = max(s.Followed.Standing, e.Sequence)
	case SignedOut:
		s.SignedOut = at
	case ContactAdded, ContactVerified, ContactPreferred, ContactRemoved:
		s.applyContact(e)
	case IdentityLinked:
		s.link(e, at)
	case IdentityUnlinked:
		s.unlink(e)
	case KeyAdded:
		s.addKey(e, at)
	case KeyRemoved:
		s.removeKey(e.ID)
	case Deleted:
		*s = State{Account: s.Account, Deleted: true, Created: s.Created, Updated: at, Followed: s.Followed}
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 2 }

// DataSubject implements event.AboutPerson.
func (s *State) DataSubject() string { return s.Account }

// Index implements event.State. Ids of accounts and of clients are one namespace.
func (s *State) Index() event.Index {
	unique := []event.Unique{{Kind: "subject", Value: s.Account}}
	if handle := s.Profile.Handle.Reveal(); handle != "" {
		unique = append(unique, event.Unique{Kind: "handle", Value: handle})
	}
	for _, kind := range []ContactKind{Email, Phone} {
		for _, c := range s.ContactsOf(kind) {
			if c.Verified {
				unique = append(unique, c.Unique())
			}
		}
	}
	for _, i := range s.Identities {
		unique = append(unique, IdentityKey(i.Issuer, i.Subject.Reveal()))
	}
	for _, k := range s.Keys {
		unique = append(unique, KeyID(k.ID))
	}
	return event.Index{Account: s.Account, Unique: unique}
}
