package natsbus

import (
	"context"
	"fmt"
	"time"

	"writ/domain/event"
)

// Lag is how far the stream is behind the log.
type Lag struct {
	Head    event.Position // of the log
	Relayed event.Position // how far the relay has come
	Age     time.Duration  // since the oldest fact that is not relayed was decided; 0 when there is none
}

// Lag measures. Where another process leads, it goes by the checkpoint. It is safe to call from
// any goroutine, also while Run runs.
func (r *Relay) Lag(ctx context.Context) (Lag, error) {
	noted, err := r.ports.Checkpoints.Checkpoint(ctx, relayName)
	if err != nil {
		return Lag{}, fmt.Errorf("read the relay's checkpoint: %w", err)
	}
	lag := Lag{Relayed: max(noted, event.Position(r.relayed.Load()))}
	if lag.Head, err = r.ports.Feed.Head(ctx); err != nil {
		return Lag{}, fmt.Errorf("ask for the head of the log: %w", err)
	}
	oldest, err := r.ports.Feed.Read(ctx, lag.Relayed, 1)
	if err != nil {
		return Lag{}, fmt.Errorf("read the log after %d: %w", lag.Relayed, err)
	}
	if len(oldest) > 0 {
		lag.Age = max(0, r.ports.Clock.Now().Sub(oldest[0].At))
	}
	return lag, nil
}
