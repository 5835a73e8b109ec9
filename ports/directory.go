package ports

import (
	"context"
	"time"

	"writ/domain/event"
)

// Directory finds streams by what is not their id.
type Directory interface {
	// Find returns the stream that holds a unique key, or ErrNotFound.
	Find(ctx context.Context, key UniqueKey) (event.Stream, error)

	// List returns rows that fit q, newest stream first, and how many fit in all.
	List(ctx context.Context, q Query) (rows []Row, total int, err error)
}

// Query says which rows a list shows.
type Query struct {
	Kind    string
	Account string    // empty: of any
	Client  string    // empty: of any
	Live    time.Time // only rows that have not ended at this time; zero: all
	Offset  int
	Limit   int // 0: no limit
}
