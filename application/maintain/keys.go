package maintain

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ErrMayNotUseKeys refuses access keys to an account without the permission for them.
var ErrMayNotUseKeys = oauth.Refuse(oauth.AccessDenied, "the account may not use personal access keys")

// Keys lets people give their own programs access keys, and take them back.
type Keys struct {
	ledger  ports.Ledger
	shelf   ports.Shelf
	stamps  ports.Stamps
	clock   ports.Clock
	entropy ports.Entropy
}

// NewKeys wires the use case.
func NewKeys(l ports.Ledger, sh ports.Shelf, st ports.Stamps, c ports.Clock, e ports.Entropy) *Keys {
	return &Keys{ledger: l, shelf: sh, stamps: st, clock: c, entropy: e}
}

// Key is one as its owner sees it.
type Key struct {
	ID       string
	Name     string
	Created  time.Time
	Expires  time.Time // zero: it does not expire
	LastUsed time.Time // zero: never
	Live     bool      // it did not expire, and the account may use keys
}

// List gives a visitor's keys, newest first, expired ones included.
func (uc *Keys) List(ctx context.Context, v session.Visitor) ([]Key, error) {
	a := account.Named(v.Account)
	err := uc.ledger.Load(ctx, a)
	if err != nil {
		return nil, err
	}
	var stamps []event.Stream
	for _, k := range a.View().Keys {
		stamps = append(stamps, keyStamp(k.ID))
	}
	used, err := uc.stamps.LastUsed(ctx, stamps)
	if err != nil {
		return nil, err
	}
	shown := make([]Key, 0, len(stamps))
	for _, k := range a.View().Keys {
		shown = append(shown, uc.keyOf(a, k, used[keyStamp(k.ID)]))
	}
	slices.SortStableFunc(shown, func(x, y Key) int { return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.ID, y.ID)) })
	return shown, nil
}

func (uc *Keys) keyOf(a *account.Account, k account.Key, used time.Time) Key {
	return Key{
		ID: k.ID, Name: k.Name.Reveal(), Created: k.Created, Expires: k.Expires, LastUsed: used,
		Live: a.MayUseKeys() && k.Live(uc.clock.Now()),
	}
}

// keyStamp is under what the last use of an access key is noted.
func keyStamp(id string) event.Stream { return event.Stream{Kind: account.KeyID(id).Kind, ID: id} }

// NewKey is what a person asks for.
type NewKey struct {
	Visitor session.Visitor
	Name    string
	Expires time.Time // zero: it does not expire
}

// Made is a new key. The secret is told once and kept nowhere.
type Made struct {
	Key
	Secret oauth.Secret
}

// Create makes a key. The visitor must have signed in a short while ago, in a browser.
func (uc *Keys) Create(ctx context.Context, cmd NewKey) (Made, error) {
	id, secret := account.MintKey(uc.entropy.Fill)
	s, a := session.Named(cmd.Visitor.Session), account.Named(cmd.Visitor.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		err := freshlySignedIn(cmd.Visitor, s, a, at)
		switch {
		case err != nil:
			return err
		case !a.MayUseKeys():
			return ErrMayNotUseKeys
		}
		return a.AddKey(account.Key{
			ID: id, Name: event.Personal(cmd.Name), Digest: oauth.DigestOf([]byte(secret.Reveal())), Expires: cmd.Expires,
		}, at)
	}, s, a)
	return Made{Key: uc.keyOf(a, a.Key(id), time.Time{}), Secret: secret}, err
}

// Remove ends a key, and with it what was granted by it: no refresh token of such a grant works from
// then on, and those that can be found at once are revoked, so that whoever listens hears of it.
func (uc *Keys) Remove(ctx context.Context, v session.Visitor, id string) error {
	s, a := session.Named(v.Session), account.Named(v.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := signedIn(s, a, at); err != nil {
			return err
		}
		return a.RemoveKey(id, at)
	}, s, a)
	if err != nil {
		return err
	}
	return uc.revokeGrants(ctx, v.Account, id)
}

// revokedAtOnce bounds how many grants are looked through; the others end at their next use.
const revokedAtOnce = 1000

func (uc *Keys) revokeGrants(ctx context.Context, id oauth.AccountID, key string) error {
	grants, _, err := uc.shelf.Grants(ctx, ports.Query{Account: string(id), Live: uc.clock.Now(), Limit: revokedAtOnce})
	for _, g := range grants {
		if g.AllowedBy() != key {
			continue
		}
		found := grant.Named(g.ID())
		err = errors.Join(err, uc.ledger.Decide(ctx, func() error {
			found.Revoke(grant.ByKey, key, uc.clock.Now())
			return nil
		}, found))
	}
	return err
}
