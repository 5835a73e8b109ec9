package account

import (
	"time"

	"writ/domain/oauth"
)

// Announcement is a change that the service which owns the accounts has made. It carries the full
// new value of one facet, never a difference. Exactly one of the facets is set.
type Announcement struct {
	Sequence    uint64 // grows with every change of the account at its owner
	Permissions *oauth.Scope
	Live        []Given // with Permissions: the account's live grants, newest first
	Suspended   *bool
	Profile     *Profile
	Deleted     bool
	At          time.Time
}

// Follow applies an announcement. One that is not newer than the last of its facet is ignored, as
// is everything after deletion, so that announcements may be repeated and may arrive in any order.
// An account that is not known begins as a shadow.
func (a *Account) Follow(n Announcement) error {
	if !ValidID(a.ID()) {
		return ErrID
	}
	if a.state.Deleted {
		return nil
	}
	if err := n.check(); err != nil {
		return err // what is malformed begins no account
	}
	if !a.Exists() {
		a.record(Opened{Shadow: true}, n.At)
	}
	switch {
	case n.Deleted:
		return a.Delete(n.At)
	case n.Profile != nil:
		a.followProfile(*n.Profile, n.Sequence, n.At)
	case n.Permissions != nil:
		a.followPermissions(n)
	case n.Suspended != nil:
		a.followStanding(*n.Suspended, n.Sequence, n.At)
	}
	return nil
}

func (n Announcement) check() error {
	if n.Profile == nil {
		return nil
	}
	_, err := n.Profile.normal()
	return err
}

func (a *Account) followPermissions(n Announcement) {
	if n.Sequence > a.state.Followed.Permissions {
		a.changePermissions(*n.Permissions, n.Sequence, n.Live, n.At)
	}
}

func (a *Account) followStanding(suspended bool, sequence uint64, at time.Time) {
	switch {
	case sequence <= a.state.Followed.Standing:
	case suspended:
		a.record(Suspended{Sequence: sequence}, at)
	default:
		a.record(Reinstated{Sequence: sequence}, at)
	}
}

func (a *Account) followProfile(p Profile, sequence uint64, at time.Time) {
	p, _ = p.normal() // checked before
	if sequence > a.state.Followed.Profile {
		a.record(ProfileChanged{Account: a.ID(), Profile: p, Fields: p.differences(a.state.Profile), Sequence: sequence}, at)
	}
}
