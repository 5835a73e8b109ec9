package administer

import (
	"context"
	"errors"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// NewAccount is what an account is made of. Without an ID it gets one; without Permissions it holds
// what newcomers hold.
type NewAccount struct {
	ID          string
	Profile     account.Profile
	Password    oauth.Secret // empty: none
	Permissions []string     // nil: the default set
}

// Accounts keeps accounts.
type Accounts struct {
	ledger    ports.Ledger
	oversight ports.Oversight
	finder    ports.Finder
	passwords ports.Passwords
	server    *oauth.Server
	clock     ports.Clock
	entropy   ports.Entropy
}

// NewAccounts wires the use case.
func NewAccounts(l ports.Ledger, o ports.Oversight, f ports.Finder, p ports.Passwords, s *oauth.Server, c ports.Clock, e ports.Entropy) *Accounts {
	return &Accounts{ledger: l, oversight: o, finder: f, passwords: p, server: s, clock: c, entropy: e}
}

// Create opens an account, or adopts the shadow account of the id.
func (uc *Accounts) Create(ctx context.Context, n NewAccount) (account.State, error) {
	permissions, err := uc.permissions(n.Permissions)
	if err != nil {
		return account.State{}, err
	}
	o := account.Opening{Profile: n.Profile, Permissions: permissions}
	if n.Password != "" {
		o.Password, err = uc.passwords.Hash(ctx, n.Password.Reveal())
		if err != nil {
			return account.State{}, err
		}
	}
	if n.ID == "" {
		n.ID = uc.entropy.ID()
	}
	a := account.Named(oauth.AccountID(n.ID))
	err = uc.ledger.Decide(ctx, func() error {
		o.At = uc.clock.Now()
		return a.Open(o)
	}, a)
	return a.View(), err
}

func (uc *Accounts) permissions(given []string) (oauth.Scope, error) {
	if given == nil {
		return uc.server.NewcomerHolds, nil
	}
	return permissionsOf(uc.server.Vocabulary, given)
}

// ErrPermission refuses a permission that is not in the catalogue.
var ErrPermission = oauth.Refuse(oauth.InvalidRequest, "a permission is not in the catalogue")

func permissionsOf(v *oauth.Vocabulary, given []string) (oauth.Scope, error) {
	s := oauth.NewScope(given...)
	if !v.Permissions().Covers(s) {
		return "", ErrPermission
	}
	return v.Canonical(s), nil
}

// Find gives the account with an id or a handle.
func (uc *Accounts) Find(ctx context.Context, idOrHandle string) (account.State, error) {
	a, err := uc.find(ctx, idOrHandle)
	return a.View(), err
}

func (uc *Accounts) find(ctx context.Context, idOrHandle string) (*account.Account, error) {
	a := account.Named(oauth.AccountID(idOrHandle))
	err := uc.ledger.Load(ctx, a)
	if err != nil || a.Exists() {
		return a, err
	}
	handle, err := account.NormalHandle(idOrHandle)
	if err != nil {
		return a, account.ErrUnknown
	}
	stream, err := uc.finder.Find(ctx, event.Unique{Kind: "handle", Value: handle})
	if errors.Is(err, ports.ErrNotFound) {
		return a, account.ErrUnknown
	}
	if err != nil {
		return a, err
	}
	a = account.Named(oauth.AccountID(stream.ID))
	return a, uc.ledger.Load(ctx, a)
}

// SetPermissions replaces the permissions. The next issuance and the next refresh go by them, and the
// change names the live grants that will lose some.
func (uc *Accounts) SetPermissions(ctx context.Context, idOrHandle string, permissions []string) (account.State, error) {
	p, err := permissionsOf(uc.server.Vocabulary, permissions)
	if err != nil {
		return account.State{}, err
	}
	a, err := uc.find(ctx, idOrHandle)
	if err != nil {
		return account.State{}, err
	}
	err = uc.oversight.DecideAmong(ctx, a.AccountID(), uc.clock.Now(), func(live []account.Given) error {
		return a.SetPermissions(p, uc.clock.Now(), live...)
	}, a)
	return a.View(), err
}

// SetPassword replaces the password.
func (uc *Accounts) SetPassword(ctx context.Context, idOrHandle string, password oauth.Secret) (account.State, error) {
	hash, err := uc.passwords.Hash(ctx, password.Reveal())
	if err != nil {
		return account.State{}, err
	}
	return uc.change(ctx, idOrHandle, func(a *account.Account) error { return a.SetPassword(hash, uc.clock.Now()) })
}

// ChangeProfile lets edit change what is told of the person. It may be called more than once.
func (uc *Accounts) ChangeProfile(ctx context.Context, idOrHandle string, edit func(*account.Profile)) (account.State, error) {
	return uc.change(ctx, idOrHandle, func(a *account.Account) error {
		p := a.View().Profile
		edit(&p)
		return a.SetProfile(p, uc.clock.Now())
	})
}

// SignOut ends every session of the account.
func (uc *Accounts) SignOut(ctx context.Context, idOrHandle string) (account.State, error) {
	return uc.change(ctx, idOrHandle, func(a *account.Account) error { return a.SignOut("by_admin", uc.clock.Now()) })
}

// Suspend stops the account from being served.
func (uc *Accounts) Suspend(ctx context.Context, idOrHandle string) (account.State, error) {
	return uc.change(ctx, idOrHandle, func(a *account.Account) error { return a.Suspend(uc.clock.Now()) })
}

// Reinstate lets the account be served again.
func (uc *Accounts) Reinstate(ctx context.Context, idOrHandle string) (account.State, error) {
	return uc.change(ctx, idOrHandle, func(a *account.Account) error { return a.Reinstate(uc.clock.Now()) })
}

// Delete ends the account and erases its personal data.
func (uc *Accounts) Delete(ctx context.Context, idOrHandle string) (account.State, error) {
	return uc.change(ctx, idOrHandle, func(a *account.Account) error { return a.Delete(uc.clock.Now()) })
}

func (uc *Accounts) change(ctx context.Context, idOrHandle string, act func(*account.Account) error) (account.State, error) {
	a, err := uc.find(ctx, idOrHandle)
	if err != nil {
		return account.State{}, err
	}
	err = uc.ledger.Decide(ctx, func() error { return act(a) }, a)
	return a.View(), err
}
