package follow

import (
	"context"
	"slices"

	"writ/domain/account"
	"writ/domain/oauth"
)

// Foresee reports whether the announcement would change anything now, or why it cannot be followed.
// It decides nothing. That another account holds a unique value of a profile is not foreseen.
func (uc *Account) Foresee(ctx context.Context, cmd AccountCommand) (changes bool, err error) {
	if slices.ContainsFunc(cmd.Permissions, func(w string) bool { return !oauth.IsPermissionWord(w) }) {
		return false, ErrPermission
	}
	a, n := account.Named(cmd.Account), cmd.Announcement
	if cmd.Permissions != nil {
		p := uc.server.Vocabulary.Canonical(oauth.NewScope(cmd.Permissions...))
		n.Permissions = &p
	}
	err = uc.ledger.Load(ctx, a)
	if err != nil {
		return false, err
	}
	n.At = uc.clock.Now()
	err = a.Follow(n)
	return err == nil && len(a.Recorded()) > 0, err
}
