package ports

import (
	"context"
	"time"
)

// Purger forgets what has served its time.
type Purger interface {
	// Purge deletes up to limit state rows whose Keep lies before now, with their unique keys, and
	// records each as purged, and up to limit rows of each ephemeral table. It returns how many
	// rows went; fewer than limit means that no more are due. Events stay.
	Purge(ctx context.Context, now time.Time, limit int) (int, error)
}
