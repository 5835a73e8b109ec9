package account

import (
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Identity is who the person is at another provider (OIDC Core §2: issuer and subject together).
type Identity struct {
	Issuer  string         `json:"issuer"`
	Subject event.Personal `json:"subject"`
	Email   event.Personal `json:"email,omitempty"` // as the provider called it, for people to recognise it by
	Linked  time.Time      `json:"linked,omitzero"`
}

// MaxIdentities is how many identities an account has at most.
const MaxIdentities = 10

// Refusals of identities.
var (
	ErrIdentity   = oauth.Refuse(oauth.InvalidRequest, "an identity has an issuer and a subject of at most 255 characters")
	ErrIdentities = oauth.Refuse(oauth.InvalidRequest, "an account is linked to at most 10 identities: unlink one first")
)

// IdentityKey is what finds the account of an identity.
func IdentityKey(issuer, subject string) event.Unique {
	return event.Unique{Kind: "identity", Value: issuer + " " + subject}
}

func (i Identity) same(other Identity) bool {
	return i.Issuer == other.Issuer && i.Subject == other.Subject
}

// LinkIdentity lets the person sign in with an identity. Linking it again changes nothing.
func (a *Account) LinkIdentity(i Identity, at time.Time) error {
	subject := len(i.Subject.Reveal())
	switch err := a.changeable(); {
	case err != nil:
		return err
	case i.Issuer == "" || subject == 0 || subject > 255:
		return ErrIdentity
	case slices.ContainsFunc(a.state.Identities, i.same):
		return nil
	case len(a.state.Identities) >= MaxIdentities:
		return ErrIdentities
	}
	a.record(IdentityLinked{Account: a.ID(), Issuer: i.Issuer, Subject: i.Subject, Email: i.Email}, at)
	return nil
}

// UnlinkIdentity ends that. Unlinking one that is not linked changes nothing.
func (a *Account) UnlinkIdentity(issuer string, subject event.Personal, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if slices.ContainsFunc(a.state.Identities, Identity{Issuer: issuer, Subject: subject}.same) {
		a.record(IdentityUnlinked{Account: a.ID(), Issuer: issuer, Subject: subject}, at)
	}
	return nil
}

func (s *State) link(e IdentityLinked, at time.Time) {
	s.Identities = append(slices.Clone(s.Identities), Identity{Issuer: e.Issuer, Subject: e.Subject, Email: e.Email, Linked: at})
}

func (s *State) unlink(e IdentityUnlinked) {
	gone := Identity{Issuer: e.Issuer, Subject: e.Subject}
	s.Identities = slices.DeleteFunc(slices.Clone(s.Identities), gone.same)
}
