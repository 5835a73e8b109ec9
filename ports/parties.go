package ports

import (
	"context"

	"writ/domain/event"
)

// Party is whom a stream concerns. Either may be empty.
type Party struct {
	Client  string
	Account string
}

// Parties knows whom streams concern: most facts name neither a client nor an account, the fact that
// began their stream does. It is safe for concurrent use.
type Parties interface {
	// Of gives the party of the stream of each fact. A stream that concerns nobody has an empty one.
	Of(ctx context.Context, facts []event.Fact) (map[event.Stream]Party, error)
}
