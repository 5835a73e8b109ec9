package maintain

import (
	"context"
	"encoding/base32"
	"slices"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Contact is an address as its owner sees it. The id stands for the address, which would be written
// down wherever paths of requests are.
type Contact struct {
	ID       string
	Address  string
	Verified bool
	Primary  bool // claims and messages use it
}

// Contacts lets people prefer and remove addresses. Adding one takes a proof: that is
// signin.ContactStart.
type Contacts struct {
	ledger  ports.Ledger
	digests ports.Digester
	clock   ports.Clock
}

// NewContacts wires the use case.
func NewContacts(l ports.Ledger, d ports.Digester, c ports.Clock) *Contacts {
	return &Contacts{ledger: l, digests: d, clock: c}
}

// ErrLastContact refuses to remove the only address of somebody who has no other way to sign in
// that the account knows of.
var ErrLastContact = oauth.Refuse(oauth.InvalidRequest, "without this address there is no way to sign in: set a password or add another address first")

// List gives the addresses of a kind, the primary one first.
func (uc *Contacts) List(of account.State, kind account.ContactKind) []Contact {
	shown := []Contact{}
	for i, c := range of.ContactsOf(kind) {
		shown = append(shown, Contact{ID: uc.id(c, 0), Address: c.Value.Reveal(), Verified: c.Verified, Primary: i == 0})
	}
	return shown
}

// ids of addresses look like those of everything else.
var ids = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// id is the same on each replica. It is found under each master key that is left.
func (uc *Contacts) id(c account.Contact, key int) string {
	digest := uc.digests.Digests("contact", string(c.Kind)+"\x00"+c.Value.Reveal())[key]
	return ids.EncodeToString(digest[:12])[:20]
}

// Prefer makes a verified address the primary one. The visitor must have signed in a short while ago.
func (uc *Contacts) Prefer(ctx context.Context, v session.Visitor, kind account.ContactKind, id string) error {
	return uc.change(ctx, v, kind, id, func(a *account.Account, c account.Contact) error {
		return a.PreferContact(kind, c.Value, uc.clock.Now())
	})
}

// Remove takes an address from the account. The visitor must have signed in a short while ago, and
// must still be able to sign in afterwards.
func (uc *Contacts) Remove(ctx context.Context, v session.Visitor, kind account.ContactKind, id string) error {
	return uc.change(ctx, v, kind, id, func(a *account.Account, c account.Contact) error {
		if c.Verified && !canDoWithout(a.View(), c) {
			return ErrLastContact
		}
		return a.RemoveContact(kind, c.Value, uc.clock.Now())
	})
}

func canDoWithout(s account.State, c account.Contact) bool {
	others := slices.Concat(s.ContactsOf(account.Email), s.ContactsOf(account.Phone))
	return s.Password != "" || len(s.Identities) > 0 ||
		slices.ContainsFunc(others, func(o account.Contact) bool { return o.Verified && o != c })
}

// change decides about one address. One that is not there is account.ErrNoContact.
func (uc *Contacts) change(ctx context.Context, v session.Visitor, kind account.ContactKind, id string, act func(*account.Account, account.Contact) error) error {
	if err := v.Fresh(uc.clock.Now()); err != nil {
		return err
	}
	a, s := account.Named(v.Account), session.Named(v.Session)
	return uc.ledger.Decide(ctx, func() error {
		if !s.Live(uc.clock.Now()) || a.Served() != nil || !a.Recognises(s.View().AuthTime) {
			return session.ErrNotSignedIn
		}
		for _, c := range a.View().ContactsOf(kind) {
			if uc.means(c, id) {
				return act(a, c)
			}
		}
		return account.ErrNoContact
	}, a, s)
}

func (uc *Contacts) means(c account.Contact, id string) bool {
	for key := range uc.digests.Digests("contact", "") {
		if uc.id(c, key) == id {
			return true
		}
	}
	return false
}
