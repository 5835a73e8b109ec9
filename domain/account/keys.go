package account

import (
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Key is a personal access key, with which the person's own programs act without a browser. It is
// kept with the account, so that what was granted by a key can be decided on without a further read.
type Key struct {
	ID      string         `json:"id"`
	Name    event.Personal `json:"name"`
	Digest  oauth.Digest   `json:"digest"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires,omitzero"` // zero: it does not expire
}

// MaxKeys is how many keys an account has at most, expired ones included.
const MaxKeys = 20

// Refusals of keys.
var (
	ErrKeyName    = oauth.Refuse(oauth.InvalidRequest, "a key has a name of 1 to 100 printable characters")
	ErrKeyExpires = oauth.Refuse(oauth.InvalidRequest, "a key expires in the future")
	ErrKeys       = oauth.Refuse(oauth.InvalidRequest, "an account has at most 20 access keys: remove one first")
	ErrNoKey      = oauth.Refuse(oauth.InvalidRequest, "the account has no such access key")
)

// Live reports whether the key may be used at a time.
func (k Key) Live(at time.Time) bool {
	return k.ID != "" && (k.Expires.IsZero() || at.Before(k.Expires))
}

// AddKey adds a key. Its id must be one that the account never had.
func (a *Account) AddKey(k Key, at time.Time) error {
	switch err := a.changeable(); {
	case err != nil:
		return err
	case k.Name == "" || !shows(k.Name.Reveal()):
		return ErrKeyName
	case !k.Expires.IsZero() && !at.Before(k.Expires):
		return ErrKeyExpires
	case len(a.state.Keys) >= MaxKeys:
		return ErrKeys
	}
	a.record(KeyAdded{Account: a.ID(), ID: k.ID, Name: k.Name, Digest: k.Digest, Expires: k.Expires}, at)
	return nil
}

// RemoveKey ends a key, and with it what was granted by it.
func (a *Account) RemoveKey(id string, at time.Time) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if a.key(id).ID == "" {
		return ErrNoKey
	}
	a.record(KeyRemoved{ID: id}, at)
	return nil
}

// KeyLives reports whether a key of the account may be used at a time.
func (a *Account) KeyLives(id string, at time.Time) bool { return a.key(id).Live(at) }

// Key is a key of the account; one that is not there has no id.
func (a *Account) Key(id string) Key { return a.key(id) }

func (a *Account) key(id string) Key {
	i := slices.IndexFunc(a.state.Keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}
	}
	return a.state.Keys[i]
}

func (s *State) addKey(e KeyAdded, at time.Time) {
	s.Keys = append(slices.Clone(s.Keys), Key{ID: e.ID, Name: e.Name, Digest: e.Digest, Created: at, Expires: e.Expires})
}

func (s *State) removeKey(id string) {
	s.Keys = slices.DeleteFunc(slices.Clone(s.Keys), func(k Key) bool { return k.ID == id })
}
