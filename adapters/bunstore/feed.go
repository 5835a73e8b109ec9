package bunstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.EventFeed = (*Store)(nil)

// Read implements ports.EventFeed.
func (s *Store) Read(ctx context.Context, after event.Position, limit int) ([]event.Fact, error) {
	var rows []eventRow
	err := reading(ctx, func() error {
		rows = nil
		return s.read.NewSelect().Model(&rows).Where("position > ?", int64(after)).
			OrderExpr("position").Limit(int64(limit)).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read the log after %d: %w", after, err)
	}
	facts := make([]event.Fact, len(rows))
	for i, r := range rows {
		facts[i] = r.fact()
	}
	return facts, nil
}

// askHead has no condition: with one, SQLite counts through the whole log to find its end.
const askHead = "SELECT position FROM log_head"

// Head implements ports.EventFeed.
func (s *Store) Head(ctx context.Context) (event.Position, error) {
	var head int64
	err := reading(ctx, func() error {
		return s.read.NewRaw(askHead).Scan(ctx, &head)
	})
	if err != nil {
		return 0, fmt.Errorf("read the head of the log: %w", err)
	}
	return event.Position(head), nil
}

// Wait implements ports.EventFeed. It asks the database once, for what was committed before
// anybody told this process, and from then on waits to be told.
func (s *Store) Wait(ctx context.Context, after event.Position) error {
	if !s.running.Load() {
		return fmt.Errorf("wait for the log: %w", errClosed)
	}
	s.listening.Do(s.listen)
	at, moved := s.tip.watch()
	if at > after {
		return nil
	}
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	s.tip.advance(head)
	for head <= after {
		select {
		case <-moved:
			head, moved = s.tip.watch()
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return fmt.Errorf("wait for the log: %w", errClosed)
		}
	}
	return nil
}

// Waiting before the next attempt to listen doubles from the first to the last.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// listen hears of other processes' commits until the store is closed.
func (s *Store) listen() {
	s.work.Go(func() {
		ctx, wait := s.hearing, firstRetry
		for ctx.Err() == nil {
			err := s.db.hear(ctx, func(ctx context.Context, head event.Position) error {
				wait = firstRetry
				return s.heard(ctx, head)
			})
			if ctx.Err() != nil {
				return
			}
			s.log.WarnContext(ctx, "commits of other processes are not heard of", "err", err, "retry_in", wait)
			select {
			case <-time.After(wait):
				wait = min(2*wait, lastRetry)
			case <-ctx.Done():
			}
		}
	})
}

// heard learns that another process may have committed. When the head is not known it looks.
func (s *Store) heard(ctx context.Context, head event.Position) (err error) {
	if head == 0 {
		head, err = s.Head(ctx)
	}
	if err == nil {
		s.tip.advance(head)
	}
	return err
}

// tip is the highest position that this process heard of.
type tip struct {
	mu    sync.Mutex
	at    event.Position
	moved chan struct{} // closed when at moves
}

func newTip() *tip { return &tip{moved: make(chan struct{})} }

func (t *tip) watch() (event.Position, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.at, t.moved
}

func (t *tip) advance(to event.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if to > t.at {
		t.at = to
		close(t.moved)
		t.moved = make(chan struct{})
	}
}
