package signin

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// PasswordCommand signs in with a handle, or a verified e-mail address, and a password.
type PasswordCommand struct {
	Handle   string // or the address
	Password oauth.Secret
	Visit
}

// ErrCredentials refuses to sign in, without telling an unknown handle from a wrong password.
var ErrCredentials = oauth.Refuse(oauth.AccessDenied, "the handle or the password is wrong")

// Attempts counts failures to sign in: for each name, and for each source.
type Attempts struct {
	ByName   ports.Limits
	BySource ports.Limits
}

// Password signs people in with a password.
type Password struct {
	ledger    ports.Ledger
	finder    ports.Finder
	passwords ports.Passwords
	attempts  Attempts
	clock     ports.Clock
	start     starter
}

// NewPassword wires the use case.
func NewPassword(l ports.Ledger, f ports.Finder, p ports.Passwords, at Attempts, k oauth.TokenKeys, c ports.Clock, e ports.Entropy) *Password {
	return &Password{ledger: l, finder: f, passwords: p, attempts: at, clock: c, start: starter{l, k, c, e}}
}

// Execute starts a session.
func (uc *Password) Execute(ctx context.Context, cmd PasswordCommand) (SignedIn, error) {
	key := nameOf(cmd.Handle)
	handle := key.Value
	err := uc.attempts.admit(handle, cmd.Source, uc.clock.Now())
	if err != nil {
		return SignedIn{}, err
	}
	a, err := uc.find(ctx, key)
	if err != nil {
		return SignedIn{}, err
	}
	right, err := uc.passwords.Verify(ctx, a.View().Password.Reveal(), cmd.Password.Reveal())
	if err == nil {
		err = uc.attempts.admit(handle, cmd.Source, uc.clock.Now()) // others may have been wrong while this one waited
	}
	switch {
	case err != nil:
		return SignedIn{}, err
	case !right, a.Served() != nil:
		uc.attempts.count(handle, cmd.Source, uc.clock.Now())
		return SignedIn{}, ErrCredentials
	}
	return uc.start.start(ctx, a, proof{amr: []string{"pwd"}, visit: cmd.Visit, decide: unchanged(a)})
}

func (t Attempts) admit(handle, source string, at time.Time) error {
	wait := max(t.ByName.Blocked(handle, at), t.BySource.Blocked(neighbours(source), at))
	if wait > 0 {
		return &oauth.LimitError{RetryAfter: wait}
	}
	return nil
}

func (t Attempts) count(handle, source string, at time.Time) {
	t.ByName.Fail(handle, at)
	t.BySource.Fail(neighbours(source), at)
}

// neighbours is what one party commonly holds of the addresses around one: of IPv6 a network.
func neighbours(source string) string {
	address, err := netip.ParseAddr(source)
	if err != nil {
		return source
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, _ := address.Prefix(64) // 64 is in range for every IPv6 address
	return network.String()
}

// nameOf is what somebody is found by: no handle has an @, and every address has one. What is
// neither is nobody's handle.
func nameOf(identifier string) event.Unique {
	if strings.Contains(identifier, "@") {
		address, _ := account.NormalEmail(identifier)
		return event.Unique{Kind: string(account.Email), Value: address}
	}
	handle, _ := account.NormalHandle(identifier)
	return handleKey(handle)
}

// find loads the account of a handle or an address. One that does not exist is an account without a
// password.
func (uc *Password) find(ctx context.Context, name event.Unique) (*account.Account, error) {
	stream, err := uc.finder.Find(ctx, name)
	if err != nil && !errors.Is(err, ports.ErrNotFound) {
		return nil, err
	}
	a := account.Named(oauth.AccountID(stream.ID))
	return a, uc.ledger.Load(ctx, a)
}

// unchanged refuses when the password was replaced since it was compared.
func unchanged(a *account.Account) func() error {
	compared := a.View().Password
	return func() error {
		if a.View().Password != compared {
			return ErrCredentials
		}
		return nil
	}
}
