package ports

import (
	"context"
	"time"
)

// Interactions keeps authorization requests that nobody has decided yet. They are not events: one
// that is left alone is forgotten.
type Interactions interface {
	// Keep stores an interaction under its id.
	Keep(ctx context.Context, i Interaction) error

	// Bind ties an interaction that is bound to nobody to a session and its account. It returns
	// ErrNotFound when there is none, or it is bound to another session already, or it has
	// expired at now. Binding again to the same session changes nothing.
	Bind(ctx context.Context, id, session, account string, now time.Time) (Interaction, error)
}

// Interaction is one pending authorization request.
type Interaction struct {
	ID      string
	Session string // empty until bound
	Account string
	Request []byte // the request as the application wrote it
	Expires time.Time
}
