package ports

import (
	"context"
	"time"

	"writ/domain/event"
)

// Purger forgets what has served its time.
type Purger interface {
	// Purge deletes up to limit state rows whose Keep lies before now, with their unique keys, and
	// records each as purged, and up to limit rows of each ephemeral table. It returns how many
	// rows went; fewer than limit means that no more are due. Events stay.
	Purge(ctx context.Context, now time.Time, limit int) (int, error)
}

// PurgeRecord knows which state rows are gone because they had served their time.
type PurgeRecord interface {
	// Purged is the version at which a stream's state row was purged. It is ErrNotFound when the
	// row was not, or is there again.
	Purged(ctx context.Context, s event.Stream) (event.Version, error)
}
