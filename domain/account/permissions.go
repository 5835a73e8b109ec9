package account

import (
	"time"

	"writ/domain/oauth"
)

// MaxNamedGrants is how many grants a change of permissions names.
const MaxNamedGrants = 100

// Given is a live grant that the account gave, as far as a change of its permissions matters.
type Given struct {
	Grant string
	Scope oauth.Scope
}

// SetPermissions replaces the permissions, and names which of the live grants, newest first, lose
// some by it. Setting the same ones changes nothing.
func (a *Account) SetPermissions(p oauth.Scope, at time.Time, live ...Given) error {
	if err := a.changeable(); err != nil {
		return err
	}
	if !a.state.Permissions.Covers(p) || !p.Covers(a.state.Permissions) {
		a.changePermissions(p, 0, live, at)
	}
	return nil
}

func (a *Account) changePermissions(p oauth.Scope, sequence uint64, live []Given, at time.Time) {
	e := PermissionsChanged{Permissions: p, Sequence: sequence}
	for _, g := range live {
		switch {
		case !a.loses(g.Scope, p):
		case len(e.Grants) < MaxNamedGrants:
			e.Grants = append(e.Grants, g.Grant)
		default:
			e.MoreGrants++
		}
	}
	a.record(e, at)
}

// loses reports whether a grant's next refresh will give less because of the change: it has what the
// account holds until now, and will not hold. What was lost before was told before.
func (a *Account) loses(granted, next oauth.Scope) bool {
	had := granted.Permissions().Within(a.state.Permissions)
	return had.Within(next) != had
}
