package maintain

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ErrNoIdentity refuses to unlink what is not linked.
var ErrNoIdentity = oauth.Refuse(oauth.InvalidRequest, "no such identity is linked to your account")

// Identities lets people see and unlink who they are at other providers. Linking is part of a journey
// there: signin.UpstreamBegin.
type Identities struct {
	ledger    ports.Ledger
	shelf     ports.Shelf
	upstreams ports.Upstreams
	digests   ports.Digester
	clock     ports.Clock
}

// NewIdentities wires the use case.
func NewIdentities(l ports.Ledger, sh ports.Shelf, u ports.Upstreams, d ports.Digester, c ports.Clock) *Identities {
	return &Identities{ledger: l, shelf: sh, upstreams: u, digests: d, clock: c}
}

// Identity is one as its owner sees it. The id stands for the subject, which would be written down
// wherever paths of requests are.
type Identity struct {
	ID     string
	Name   string // of the provider's configuration; empty: it is no longer configured
	Label  string
	Issuer string
	Email  string
	Linked time.Time
}

// List gives a visitor's identities, in the order in which they were linked.
func (uc *Identities) List(ctx context.Context, v session.Visitor) ([]Identity, error) {
	a := account.Named(v.Account)
	err := uc.ledger.Load(ctx, a)
	shown := []Identity{}
	for _, i := range a.View().Identities {
		one := Identity{ID: uc.ids(i)[0], Issuer: i.Issuer, Label: i.Issuer, Email: i.Email.Reveal(), Linked: i.Linked}
		for _, u := range uc.upstreams.All() {
			if u.Issuer == i.Issuer {
				one.Name, one.Label = u.Name, u.Label
			}
		}
		shown = append(shown, one)
	}
	return shown, err
}

// ids are those of an identity under each master key, the current one first.
func (uc *Identities) ids(i account.Identity) []string {
	var all []string
	for _, digest := range uc.digests.Digests("identity id", i.Issuer+" "+i.Subject.Reveal()) {
		all = append(all, base64.RawURLEncoding.EncodeToString(digest[:15]))
	}
	return all
}

// Unlink ends that an identity signs in. The visitor must have signed in a short while ago, and must
// still be able to sign in afterwards.
func (uc *Identities) Unlink(ctx context.Context, v session.Visitor, id string) error {
	at := uc.clock.Now()
	own, _, err := uc.shelf.Passkeys(ctx, ports.Query{Account: string(v.Account), Live: at})
	if err != nil {
		return err
	}
	other := otherThan(own, "")
	s, a := session.Named(v.Session), account.Named(v.Account)
	return uc.ledger.Decide(ctx, func() error {
		if err := freshlySignedIn(v, s, a, at); err != nil {
			return err
		}
		linked := a.View().Identities
		i := slices.IndexFunc(linked, func(i account.Identity) bool { return slices.Contains(uc.ids(i), id) })
		if i < 0 {
			return ErrNoIdentity
		}
		left := a.View()
		left.Identities = slices.Delete(slices.Clone(linked), i, i+1)
		if !other.SignsIn() && !waysIn(left) {
			return ErrLastWay
		}
		return a.UnlinkIdentity(linked[i].Issuer, linked[i].Subject, at)
	}, s, a, other)
}
