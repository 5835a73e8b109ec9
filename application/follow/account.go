package follow

import (
	"context"
	"slices"

	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// AccountCommand is one announcement, with the id of the message that carried it.
type AccountCommand struct {
	Message      string
	Account      oauth.AccountID
	Announcement account.Announcement
	Permissions  []string // the full new set; used when it is not nil
}

// ErrPermission refuses what could not be told from other words of a scope (RFC 6749 §3.3).
var ErrPermission = oauth.Refuse(oauth.InvalidRequest, "a permission is not a word of a scope, or is a standard scope")

// Account follows the accounts of another service.
type Account struct {
	ledger    ports.Ledger
	oversight ports.Oversight
	server    *oauth.Server
	clock     ports.Clock
}

// NewAccount wires the use case.
func NewAccount(l ports.Ledger, o ports.Oversight, s *oauth.Server, c ports.Clock) *Account {
	return &Account{ledger: l, oversight: o, server: s, clock: c}
}

// Execute applies the announcement. When it returns nil the change governs every decision that
// commits from now on. An *oauth.Error means that the announcement itself is wrong and will not be
// right another time.
func (uc *Account) Execute(ctx context.Context, cmd AccountCommand) error {
	if slices.ContainsFunc(cmd.Permissions, func(w string) bool { return !oauth.IsPermissionWord(w) }) {
		return ErrPermission
	}
	a := account.Named(cmd.Account)
	a.CausedBy(cmd.Message)
	if cmd.Permissions != nil {
		return uc.changePermissions(ctx, a, cmd)
	}
	return uc.ledger.Decide(ctx, func() error {
		cmd.Announcement.At = uc.clock.Now()
		return a.Follow(cmd.Announcement)
	}, a)
}

// changePermissions also says which live grants lose some.
func (uc *Account) changePermissions(ctx context.Context, a *account.Account, cmd AccountCommand) error {
	n, p := cmd.Announcement, uc.server.Vocabulary.Canonical(oauth.NewScope(cmd.Permissions...))
	n.Permissions = &p
	return uc.oversight.DecideAmong(ctx, cmd.Account, uc.clock.Now(), func(live []account.Given) error {
		n.At, n.Live = uc.clock.Now(), live
		return a.Follow(n)
	}, a)
}
