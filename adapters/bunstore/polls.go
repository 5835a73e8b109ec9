package bunstore

import (
	"context"
	"fmt"
	"time"

	"writ/ports"
)

var _ ports.Polls = (*Store)(nil)

const (
	pollGrace   = time.Second      // stock clients' tickers jitter
	pollPenalty = 5 * time.Second  // RFC 8628 §3.5
	pollLongest = 60 * time.Second // an interval does not grow beyond
)

// Poll implements ports.Polls. The row is locked while it is written, so that of two polls at once
// one is the later. A note whose time to be forgotten has come counts as none.
func (s *Store) Poll(ctx context.Context, of ports.Polling) (ports.Poll, error) {
	read, possible := versionRows(of.Read.Streams)
	if !possible {
		return ports.Poll{}, ports.ErrConflict
	}
	p := &poll{
		ctx: ctx, done: make(chan polled, 1), read: read, era: of.Read.Era,
		note: pollRow{Device: of.Device, At: micros(of.At), Every: of.Least.Microseconds(), Forget: micros(of.Forget)},
	}
	err := s.polls.join(ctx, p)
	if err != nil {
		return ports.Poll{}, fmt.Errorf("note a poll: %w", err)
	}
	select {
	case a := <-p.done:
		if a.err != nil {
			return ports.Poll{}, fmt.Errorf("note a poll of device %s: %w", of.Device, a.err)
		}
		return ports.Poll{TooSoon: a.row.Early == 1, Interval: time.Duration(a.row.Every) * time.Microsecond}, nil
	case <-ctx.Done():
		return ports.Poll{}, ctx.Err()
	}
}

// poll is one call that waits for a statement.
type poll struct {
	ctx  context.Context
	note pollRow
	read []versionRow // that must stand, in the era
	era  int64
	done chan polled // room for one
}

// polled is what came of a poll.
type polled struct {
	row pollRow
	err error
}

// pollRow is the note of a device's polls.
type pollRow struct {
	Device string
	At     int64
	Every  int64
	Early  int
	Forget int64
}

// maxPolled is how many polls share a statement.
const maxPolled = 256

// choosePolls takes at most one poll of each device, for a statement may write a row once.
func choosePolls(waiting []*poll) (batch, rest []*poll) {
	taken := map[string]bool{}
	for _, p := range waiting {
		switch {
		case p.ctx.Err() != nil:
		case taken[p.note.Device] || len(batch) >= maxPolled:
			rest = append(rest, p)
		default:
			taken[p.note.Device] = true
			batch = append(batch, p)
		}
	}
	return batch, rest
}

func (s *Store) servePolls(ctx context.Context, batch []*poll) {
	rows, err := s.writePolls(ctx, batch)
	noted := make(map[string]pollRow, len(rows))
	for _, r := range rows {
		noted[r.Device] = r
	}
	for _, p := range batch {
		row, is := noted[p.note.Device]
		if err == nil && !is {
			p.done <- polled{err: ports.ErrConflict}
		} else {
			p.done <- polled{row: row, err: err}
		}
	}
}

func refusePoll(p *poll, err error) { p.done <- polled{err: err} }

func (s *Store) writePolls(ctx context.Context, batch []*poll) ([]pollRow, error) {
	ctx, cancel := s.patiently(ctx)
	defer cancel()
	return s.db.poll(ctx, notesOf(batch))
}

// pollBatch is what polls that share a statement note, and what they rely on.
type pollBatch struct {
	notes []pollRow
	read  []versionRow // each once
	leans []lean
}

// lean says that a note relies on what was read, in an era; both by index.
type lean struct {
	note, read int32
	era        int64
}

func notesOf(batch []*poll) (b pollBatch) {
	places := make(map[versionRow]int32, 2*len(batch))
	for i, p := range batch {
		b.notes = append(b.notes, p.note)
		for _, r := range p.read {
			place, known := places[r]
			if !known {
				place = int32(len(b.read))
				places[r] = place
				b.read = append(b.read, r)
			}
			b.leans = append(b.leans, lean{int32(i), place, p.era})
		}
	}
	return b
}

// pollRules are the end of the statement that writes polls, in either dialect.
var pollRules = fmt.Sprintf(` ON CONFLICT (device) DO UPDATE SET
		early = CASE WHEN p.forget <= EXCLUDED.at OR EXCLUDED.at >= p.at + p.every - %[1]d THEN 0 ELSE 1 END,
		every = CASE WHEN p.forget <= EXCLUDED.at THEN EXCLUDED.every
			WHEN EXCLUDED.at >= p.at + p.every - %[1]d OR p.every >= %[3]d THEN p.every
			WHEN p.every + %[2]d > %[3]d THEN %[3]d
			ELSE p.every + %[2]d END,
		at = CASE WHEN p.forget > EXCLUDED.at AND p.at > EXCLUDED.at THEN p.at ELSE EXCLUDED.at END,
		forget = EXCLUDED.forget
	RETURNING device, at, every, early, forget`,
	pollGrace.Microseconds(), pollPenalty.Microseconds(), pollLongest.Microseconds())
