package ports

import "context"

// Leadership lets one process of a cluster do a thing at a time.
type Leadership interface {
	// Lead waits until no other process leads under name, then runs do. The context of do ends
	// when the leadership is lost or ctx ends; Lead returns when do has.
	Lead(ctx context.Context, name string, do func(context.Context) error) error
}
