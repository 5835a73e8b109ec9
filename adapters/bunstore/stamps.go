package bunstore

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.Stamps = (*Store)(nil)

const (
	stampEvery     = time.Minute     // for each stream
	stampGather    = 2 * time.Second // what comes within is written together
	maxRemembered  = 1 << 16         // streams whose last note is known without asking
	maxStampsWrite = 1024            // rows a statement
)

type stampRow struct {
	bun.BaseModel `bun:"table:stamps"`

	Stream string `bun:"stream,pk"`
	At     int64  `bun:"at"`
}

// Touch implements ports.Stamps.
func (s *Store) Touch(stream event.Stream, at time.Time) {
	if name := stream.String(); storable(name) {
		s.stamps.touch(name, at)
	}
}

// LastUsed implements ports.Stamps. It knows the notes of this process that are not written yet.
func (s *Store) LastUsed(ctx context.Context, streams []event.Stream) (map[event.Stream]time.Time, error) {
	if len(streams) == 0 {
		return map[event.Stream]time.Time{}, nil
	}
	names := make([]string, len(streams))
	for i, stream := range streams {
		names[i] = stream.String()
	}
	fresh := s.stamps.unwritten(names) // before the query: what is written meanwhile is in either
	var rows []stampRow
	err := s.read.NewSelect().Model(&rows).Where("stream IN (?)", bun.List(names)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the stamps of %d streams: %w", len(streams), err)
	}
	used := make(map[event.Stream]time.Time, len(rows))
	for _, r := range append(rows, fresh...) {
		if at := timeOf(r.At); at.After(used[streamOf(r.Stream)]) {
			used[streamOf(r.Stream)] = at
		}
	}
	return used, nil
}

func (s *Store) writeStamps(ctx context.Context, rows []stampRow) error {
	_, err := s.write.NewInsert().Model(&rows).On("CONFLICT (stream) DO UPDATE").
		Set("at = CASE WHEN EXCLUDED.at > stamp_row.at THEN EXCLUDED.at ELSE stamp_row.at END").Exec(ctx)
	return err
}

// stamps gathers notes of use and writes them together, shortly after the first. With nothing to
// write it sleeps.
type stamps struct {
	write func(context.Context, []stampRow) error
	wake  chan struct{}

	mu      sync.Mutex
	noted   map[string]time.Time // the last note of each stream
	pending map[string]time.Time // notes to be written
	writing map[string]time.Time // notes in a statement that has not returned
}

func newStamps(write func(context.Context, []stampRow) error) *stamps {
	return &stamps{
		write: write, wake: make(chan struct{}, 1),
		noted: map[string]time.Time{}, pending: map[string]time.Time{},
	}
}

func (q *stamps) touch(name string, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	last, known := q.noted[name]
	if known && at.Before(last.Add(stampEvery)) {
		return
	}
	if len(q.noted) >= maxRemembered {
		clear(q.noted)
	}
	q.noted[name], q.pending[name] = at, at
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *stamps) unwritten(names []string) (rows []stampRow) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, name := range names {
		for _, notes := range []map[string]time.Time{q.writing, q.pending} {
			if at, ok := notes[name]; ok {
				rows = append(rows, stampRow{Stream: name, At: micros(at)})
			}
		}
	}
	return rows
}

// run writes until quit is closed, and then what is left.
func (q *stamps) run(ctx context.Context, quit <-chan struct{}, log *slog.Logger) {
	for {
		select {
		case <-q.wake:
		case <-quit:
			q.flush(ctx, log)
			return
		}
		select {
		case <-time.After(stampGather):
		case <-quit:
		}
		q.flush(ctx, log)
	}
}

func (q *stamps) flush(ctx context.Context, log *slog.Logger) {
	q.mu.Lock()
	q.writing, q.pending = q.pending, map[string]time.Time{}
	rows := make([]stampRow, 0, len(q.writing))
	for name, at := range q.writing {
		rows = append(rows, stampRow{Stream: name, At: micros(at)})
	}
	q.mu.Unlock()
	for len(rows) > 0 {
		n := min(len(rows), maxStampsWrite)
		err := q.write(ctx, rows[:n])
		if err != nil {
			log.WarnContext(ctx, "notes of last use are lost", "count", n, "err", err)
		}
		rows = rows[n:]
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing = nil
}
