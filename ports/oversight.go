package ports

import (
	"context"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
)

// Oversight decides about an account in view of all that it allowed.
type Oversight interface {
	// DecideAmong is Ledger.Decide, and tells decide which grants an account gave that are live at a
	// time, newest first. The commit holds only if these are the ones just before it, so decide is
	// called again when one was opened, or ended at that time, in between. It gives in to many who go
	// on opening grants: after some tries it commits on what it saw last, for a change of permissions
	// must not wait for those whom it concerns.
	DecideAmong(ctx context.Context, of oauth.AccountID, at time.Time, decide func(live []account.Given) error, about ...event.Aggregate) error
}
