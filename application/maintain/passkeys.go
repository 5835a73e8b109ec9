package maintain

import (
	"cmp"
	"context"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/ports"
)

// Passkeys lets people register, name and remove passkeys.
type Passkeys struct {
	ledger   ports.Ledger
	shelf    ports.Shelf
	stamps   ports.Stamps
	passkeys ports.Passkeys
	vault    ports.Vault
	clock    ports.Clock
}

// NewPasskeys wires the use case.
func NewPasskeys(l ports.Ledger, sh ports.Shelf, st ports.Stamps, p ports.Passkeys, v ports.Vault, c ports.Clock) *Passkeys {
	return &Passkeys{ledger: l, shelf: sh, stamps: st, passkeys: p, vault: v, clock: c}
}

// Passkey is one as its owner sees it.
type Passkey struct {
	ID         string
	Name       string
	Registered time.Time
	LastUsed   time.Time // zero: not since it was registered
	Synced     bool      // it may be on several devices of the person
	Cloned     bool      // it may be in other hands, and signs nobody in any more
}

// maxPasskeys is how many an account has at most.
const maxPasskeys = 20

// List gives a visitor's passkeys, newest first.
func (uc *Passkeys) List(ctx context.Context, v session.Visitor) ([]Passkey, error) {
	own, err := uc.own(ctx, v.Account)
	if err != nil {
		return nil, err
	}
	used, err := uc.stamps.LastUsed(ctx, streamsOf(own))
	if err != nil {
		return nil, err
	}
	shown := make([]Passkey, 0, len(own))
	for _, p := range own {
		row := passkeyOf(p)
		row.LastUsed = used[p.Stream()]
		shown = append(shown, row)
	}
	return shown, nil
}

func (uc *Passkeys) own(ctx context.Context, id oauth.AccountID) ([]*passkey.Passkey, error) {
	own, _, err := uc.shelf.Passkeys(ctx, ports.Query{Account: string(id), Live: uc.clock.Now()})
	slices.SortFunc(own, func(a, b *passkey.Passkey) int {
		return cmp.Or(b.View().Registered.Compare(a.View().Registered), cmp.Compare(a.ID(), b.ID()))
	})
	return own, err
}

func passkeyOf(p *passkey.Passkey) Passkey {
	s := p.View()
	return Passkey{
		ID: p.ID(), Name: s.Name.Reveal(), Registered: s.Registered, Synced: s.Credential.BackupEligible, Cloned: s.Cloned,
	}
}

// Rename changes what a visitor calls a passkey.
func (uc *Passkeys) Rename(ctx context.Context, v session.Visitor, id, name string) (Passkey, error) {
	p := passkey.Named(id)
	s, a := session.Named(v.Session), account.Named(v.Account)
	err := uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := signedIn(s, a, at); err != nil {
			return err
		}
		return p.Rename(v.Account, name, at)
	}, p, s, a)
	return passkeyOf(p), err
}

// ErrLastWay refuses to remove the only way in which somebody can sign in.
var ErrLastWay = oauth.Refuse(oauth.InvalidRequest, "this is the only way left to sign in; add another one first")

// Remove ends a visitor's passkey. The visitor must have signed in a short while ago, and must still
// be able to sign in afterwards.
func (uc *Passkeys) Remove(ctx context.Context, v session.Visitor, id string) error {
	own, err := uc.own(ctx, v.Account)
	if err != nil {
		return err
	}
	p, other := passkey.Named(id), otherThan(own, id)
	s, a := session.Named(v.Session), account.Named(v.Account)
	return uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := freshlySignedIn(v, s, a, at); err != nil {
			return err
		}
		if !other.SignsIn() && !waysIn(a.View()) && p.Account() == v.Account {
			return ErrLastWay
		}
		return p.Remove(v.Account, at)
	}, p, other, s, a)
}

// otherThan is a passkey that stays when the one with an id goes, to be looked at in the decision: it
// may be on its way out as well. When there is none, it is one that does not exist.
func otherThan(own []*passkey.Passkey, id string) *passkey.Passkey {
	for _, p := range own {
		if p.ID() != id && p.SignsIn() {
			return passkey.Named(p.ID())
		}
	}
	return passkey.Named("")
}

// waysIn reports whether a person can sign in without a passkey.
func waysIn(s account.State) bool {
	addresses := slices.Concat(s.ContactsOf(account.Email), s.ContactsOf(account.Phone))
	return s.Password != "" || len(s.Identities) > 0 ||
		slices.ContainsFunc(addresses, func(c account.Contact) bool { return c.Verified })
}

// signedIn refuses when the session ended since the visitor was recognised.
func signedIn(s *session.Session, a *account.Account, at time.Time) error {
	if !s.Live(at) || a.Served() != nil || !a.Recognises(s.View().AuthTime) {
		return session.ErrNotSignedIn
	}
	return nil
}

// freshlySignedIn refuses also a visitor who signed in long ago.
func freshlySignedIn(v session.Visitor, s *session.Session, a *account.Account, at time.Time) error {
	if err := signedIn(s, a, at); err != nil {
		return err
	}
	return v.Fresh(at)
}
