package eventsourcing

import (
	"context"
	"errors"

	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/ports"
)

// Directory plays ports.Finder and ports.Shelf. It is safe for concurrent use.
type Directory struct {
	rows   ports.Directory
	ledger *Ledger
}

var (
	_ ports.Finder = (*Directory)(nil)
	_ ports.Shelf  = (*Directory)(nil)
)

// NewDirectory makes a directory over a store's rows.
func NewDirectory(rows ports.Directory, ledger *Ledger) *Directory {
	return &Directory{rows: rows, ledger: ledger}
}

// Find implements ports.Finder. A value that was stored before the master key changed is found
// under the older key.
func (d *Directory) Find(ctx context.Context, u event.Unique) (event.Stream, error) {
	err := ports.ErrNotFound
	for _, digest := range d.ledger.vault.Digests(u.Kind, u.Value) {
		var s event.Stream
		s, err = d.rows.Find(ctx, ports.UniqueKey{Kind: u.Kind, Digest: digest})
		if !errors.Is(err, ports.ErrNotFound) {
			return s, err
		}
	}
	return event.Stream{}, err
}

// Grants implements ports.Shelf.
func (d *Directory) Grants(ctx context.Context, q ports.Query) ([]*grant.Grant, int, error) {
	return list(ctx, d, grant.Kind, q, func(id string) *grant.Grant { return grant.Named(id) })
}

// Clients implements ports.Shelf.
func (d *Directory) Clients(ctx context.Context, q ports.Query) ([]*client.Client, int, error) {
	return list(ctx, d, client.Kind, q, func(id string) *client.Client { return client.Named(oauth.ClientID(id)) })
}

// Passkeys implements ports.Shelf.
func (d *Directory) Passkeys(ctx context.Context, q ports.Query) ([]*passkey.Passkey, int, error) {
	return list(ctx, d, passkey.Kind, q, passkey.Named)
}

// Sessions implements ports.Shelf.
func (d *Directory) Sessions(ctx context.Context, q ports.Query) ([]*session.Session, int, error) {
	return list(ctx, d, session.Kind, q, session.Named)
}

// SigningKeys implements ports.Shelf.
func (d *Directory) SigningKeys(ctx context.Context) ([]*signingkey.Key, error) {
	keys, _, err := list(ctx, d, signingkey.Kind, ports.Query{Limit: maxKeys}, signingkey.Named)
	return keys, err
}

// maxKeys bounds the key set; rotating once a day for years stays below it.
const maxKeys = 10_000

func list[A event.Aggregate](ctx context.Context, d *Directory, kind string, q ports.Query, named func(string) A) ([]A, int, error) {
	q.Kind = kind
	rows, total, err := d.rows.List(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	found := make([]A, 0, len(rows))
	for _, row := range rows {
		a := named(row.Stream.ID)
		err = d.ledger.bring(ctx, a, row)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, a)
	}
	return found, total, nil
}
