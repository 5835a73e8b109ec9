package maintain

import (
	"context"

	"writ/domain/account"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// Export gives people all that is kept about them.
type Export struct {
	ledger    ports.Ledger
	shelf     ports.Shelf
	chronicle ports.Chronicle
	sessions  *Sessions
	passkeys  *Passkeys
	keys      *Keys
}

// NewExport wires the use case.
func NewExport(l ports.Ledger, sh ports.Shelf, ch ports.Chronicle, s *Sessions, p *Passkeys, k *Keys) *Export {
	return &Export{ledger: l, shelf: sh, chronicle: ch, sessions: s, passkeys: p, keys: k}
}

// Dossier is what is kept about one person. It holds no secret.
type Dossier struct {
	Account  account.State
	Sessions []Session
	Passkeys []Passkey
	Keys     []Key
	Grants   []Grant
	Records  []ports.Record // oldest first
}

// Grant is one that the person gave, whether or not it still stands.
type Grant struct {
	ID string
	grant.State
}

// Execute collects it. The visitor must have signed in a short while ago, for a stolen session must
// not carry all of it away.
func (uc *Export) Execute(ctx context.Context, v session.Visitor) (d Dossier, err error) {
	s, a := session.Named(v.Session), account.Named(v.Account)
	err = uc.ledger.Load(ctx, s, a)
	if err == nil {
		err = freshlySignedIn(v, s, a, uc.sessions.clock.Now())
	}
	if err != nil {
		return d, err
	}
	d.Account = a.View()
	for _, collect := range []func() error{
		func() (err error) { d.Sessions, err = uc.sessions.List(ctx, v); return err },
		func() (err error) { d.Passkeys, err = uc.passkeys.List(ctx, v); return err },
		func() (err error) { d.Keys, err = uc.keys.List(ctx, v); return err },
		func() (err error) { d.Grants, err = uc.grants(ctx, v.Account); return err },
		func() (err error) { d.Records, err = uc.chronicle.About(ctx, v.Account); return err },
	} {
		err = collect()
		if err != nil {
			return Dossier{}, err
		}
	}
	return d, nil
}

func (uc *Export) grants(ctx context.Context, id oauth.AccountID) ([]Grant, error) {
	all, _, err := uc.shelf.Grants(ctx, ports.Query{Account: string(id)})
	given := make([]Grant, 0, len(all))
	for _, g := range all {
		given = append(given, Grant{ID: g.ID(), State: g.View()})
	}
	return given, err
}
