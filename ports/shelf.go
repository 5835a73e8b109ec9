package ports

import (
	"context"

	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
)

// Shelf lists aggregates for people to look at. What it shows may lag behind the log.
type Shelf interface {
	// Grants lists grants that fit q, newest first, and how many fit in all.
	Grants(ctx context.Context, q Query) ([]*grant.Grant, int, error)

	// Clients lists clients that fit q, newest first, and how many fit in all.
	Clients(ctx context.Context, q Query) ([]*client.Client, int, error)

	// Passkeys lists passkeys that fit q, in no order, and how many fit in all.
	Passkeys(ctx context.Context, q Query) ([]*passkey.Passkey, int, error)

	// Sessions lists sessions that fit q, newest first, and how many fit in all.
	Sessions(ctx context.Context, q Query) ([]*session.Session, int, error)

	// SigningKeys lists all signing keys.
	SigningKeys(ctx context.Context) ([]*signingkey.Key, error)
}
