package account

import (
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// ContactKind is how a person is reached.
type ContactKind string

// The kinds of contacts. They are also the kinds of unique keys that verified contacts hold.
const (
	Email ContactKind = "email"
	Phone ContactKind = "phone"
)

// Contact is an address that a person is reached at. Only a verified one is the person's own: it
// signs in, and no other account can verify it. An unverified one claims nothing, so that nobody
// keeps the owner of an address from it by naming it first.
type Contact struct {
	Kind     ContactKind    `json:"kind"`
	Value    event.Personal `json:"value"`
	Verified bool           `json:"verified,omitempty"`
}

// MaxContacts is how many contacts of one kind an account has at most.
const MaxContacts = 10

// Refusals of contacts.
var (
	ErrContacts  = oauth.Refuse(oauth.InvalidRequest, "an account has at most 10 addresses of a kind: remove one first")
	ErrNoContact = oauth.Refuse(oauth.InvalidRequest, "the account has no such address")
	ErrNotProven = oauth.Refuse(oauth.InvalidRequest, "this address is not verified yet")
)

// NormalEmail is the one form of an e-mail address, or ErrEmail.
func NormalEmail(s string) (string, error) {
	s = lower(s)
	if !isEmail(s) {
		return "", ErrEmail
	}
	return s, nil
}

func (c Contact) normal() (Contact, error) {
	switch c.Kind {
	case Email:
		value, err := NormalEmail(c.Value.Reveal())
		c.Value = event.Personal(value)
		return c, err
	case Phone:
		if !isE164(c.Value.Reveal()) {
			return c, ErrPhone
		}
		return c, nil
	default:
		return c, ErrNoContact
	}
}

// same reports whether both are the same address, verified or not.
func (c Contact) same(other Contact) bool { return c.Kind == other.Kind && c.Value == other.Value }

// Unique is what the contact claims when it is verified.
func (c Contact) Unique() event.Unique {
	return event.Unique{Kind: string(c.Kind), Value: c.Value.Reveal()}
}

// ContactsOf are the addresses of a kind, the primary one first.
func (s State) ContactsOf(kind ContactKind) []Contact {
	var all []Contact
	if first := s.Profile.primary(kind); first.Value != "" {
		all = append(all, first)
	}
	for _, c := range s.Contacts {
		if c.Kind == kind {
			all = append(all, c)
		}
	}
	return all
}

// AllContacts are the addresses of every kind.
func (s State) AllContacts() []Contact { return append(s.ContactsOf(Email), s.ContactsOf(Phone)...) }

// AddContact adds an address, verified or not. The first of its kind becomes the primary one.
// Adding one that is there changes nothing, save that it may become verified.
func (a *Account) AddContact(c Contact, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	c, err := c.normal()
	if err != nil {
		return err
	}
	known := a.state.ContactsOf(c.Kind)
	i := slices.IndexFunc(known, c.same)
	switch {
	case i >= 0 && c.Verified && !known[i].Verified:
		a.record(ContactVerified{Account: a.ID(), Kind: c.Kind, Value: c.Value}, at)
	case i >= 0:
	case len(known) >= MaxContacts:
		return ErrContacts
	default:
		a.record(ContactAdded{Account: a.ID(), Contact: c}, at)
	}
	return nil
}

// RemoveContact removes an address. When it was the primary one, the next of its kind becomes
// that, a verified one before others. Removing one that is not there changes nothing.
func (a *Account) RemoveContact(kind ContactKind, value event.Personal, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if _, found := a.contact(kind, value); found {
		a.record(ContactRemoved{Account: a.ID(), Kind: kind, Value: value}, at)
	}
	return nil
}

// PreferContact makes a verified address the primary one, which claims and messages use.
func (a *Account) PreferContact(kind ContactKind, value event.Personal, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	c, found := a.contact(kind, value)
	switch {
	case !found:
		return ErrNoContact
	case !c.Verified:
		return ErrNotProven
	case a.state.Profile.primary(kind).Value != value:
		a.record(ContactPreferred{Account: a.ID(), Kind: kind, Value: value}, at)
	}
	return nil
}

func (a *Account) contact(kind ContactKind, value event.Personal) (Contact, bool) {
	all := a.state.ContactsOf(kind)
	i := slices.IndexFunc(all, Contact{Kind: kind, Value: value}.same)
	if i < 0 {
		return Contact{}, false
	}
	return all[i], true
}

// primary is the address of a kind that stands in the profile; its value is empty when there is none.
func (p Profile) primary(kind ContactKind) Contact {
	if kind == Phone {
		return Contact{Kind: Phone, Value: p.Phone, Verified: p.PhoneVerified}
	}
	return Contact{Kind: Email, Value: p.Email, Verified: p.EmailVerified}
}

func (p *Profile) prefer(c Contact) {
	if c.Kind == Phone {
		p.Phone, p.PhoneVerified = c.Value, c.Verified
		return
	}
	p.Email, p.EmailVerified = c.Value, c.Verified
}

// keepContacts replaces all addresses of a kind. The first is the primary one.
func (s *State) keepContacts(kind ContactKind, all []Contact) {
	others := slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool { return c.Kind == kind })
	first := Contact{Kind: kind}
	if len(all) > 0 {
		first, others = all[0], append(others, all[1:]...)
	}
	s.Profile.prefer(first)
	s.Contacts = others
}

func (s *State) applyContact(e Event) {
	switch e := e.(type) {
	case ContactAdded:
		s.addContact(e.Contact)
	case ContactVerified:
		s.verifyContact(e.Kind, e.Value)
	case ContactPreferred:
		s.preferContact(e.Kind, e.Value)
	case ContactRemoved:
		s.removeContact(e.Kind, e.Value)
	default: // the others do not concern contacts
	}
}

func (s *State) addContact(c Contact) {
	s.keepContacts(c.Kind, append(s.ContactsOf(c.Kind), c))
}

func (s *State) verifyContact(kind ContactKind, value event.Personal) {
	all := s.ContactsOf(kind)
	for i := range all {
		all[i].Verified = all[i].Verified || all[i].Value == value
	}
	s.keepContacts(kind, all)
}

func (s *State) removeContact(kind ContactKind, value event.Personal) {
	all := s.ContactsOf(kind)
	wasFirst := len(all) > 0 && all[0].Value == value
	all = slices.DeleteFunc(all, func(c Contact) bool { return c.Value == value })
	if wasFirst {
		slices.SortStableFunc(all, verifiedFirst)
	}
	s.keepContacts(kind, all)
}

func verifiedFirst(a, b Contact) int {
	switch {
	case a.Verified == b.Verified:
		return 0
	case a.Verified:
		return -1
	default:
		return 1
	}
}

func (s *State) preferContact(kind ContactKind, value event.Personal) {
	all := s.ContactsOf(kind)
	i := slices.IndexFunc(all, func(c Contact) bool { return c.Value == value })
	if i < 0 {
		return
	}
	chosen := all[i]
	s.keepContacts(kind, slices.Insert(slices.Delete(all, i, i+1), 0, chosen))
}

// replaceProfile sets a whole profile. What becomes primary is no longer one of the others.
func (s *State) replaceProfile(p Profile) {
	s.Profile = p
	s.Contacts = slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool { return c.same(p.primary(c.Kind)) })
}
