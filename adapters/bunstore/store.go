package bunstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"writ/domain/event"
)

// Store is the log and its tables in one database. It is safe for concurrent use between Start
// and Close; Migrate works before Start, too.
type Store struct {
	db          dialect
	read, write *bun.DB // the same pool on PostgreSQL
	notes       *bun.DB // where polls are: on PostgreSQL the same again
	log         *slog.Logger
	patience    time.Duration // bounds a shared query; 0: nothing does

	counts counters
	era    atomic.Int64 // of the rows, as far as this process knows; never ahead of the database
	writer *writer
	loads  *line[*load]
	polls  *line[*poll]
	tip    *tip
	stamps *stamps

	begun     sync.Once
	ended     sync.Once
	listening sync.Once
	running   atomic.Bool
	quit      chan struct{}
	work      sync.WaitGroup
	life      context.Context // of the background work; begins with Start and outlives its ctx
	end       context.CancelFunc
	hearing   context.Context // of the listener, which has nothing to finish
	deafen    context.CancelFunc
}

// firstEra is that of a database in which nothing had to be derived again.
const firstEra = 1

// dialect is what differs between the databases.
type dialect interface {
	committer
	sessions

	// migrate brings the tables to the shape that this binary knows, once, whoever else tries.
	migrate(ctx context.Context, log *slog.Logger) error

	sharing
	isolation
}

// isolation is the part of a dialect that lets several statements see what no other changes.
type isolation interface {
	// locked runs do in a transaction that holds log_head.
	locked(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error

	// steady runs do in a transaction that only reads, and sees one moment.
	steady(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error
}

// sharing is the part of a dialect whose statements serve many calls at once.
type sharing interface {
	// load brings the rows of streams, of which there is at least one, those of the accounts and
	// clients that they belong to, and the wrapped keys of their accounts, with one query.
	load(ctx context.Context, streams []string) ([]keyedRow, error)

	// confirm says which of the streams, by index, are not at their row's version, and the era.
	confirm(ctx context.Context, read []versionRow) (moved []int64, era int64, err error)

	// poll writes notes of polls, each of another device, and gives what stands then. It leaves out
	// those that rely on what does not stand.
	poll(ctx context.Context, b pollBatch) ([]pollRow, error)
}

// sessions is the part of a dialect that lasts.
type sessions interface {
	// hear calls heard when it begins to listen, and then whenever another process may have
	// committed, with the head when it is known, else 0. It returns when ctx ends, or when it
	// could not hear, or when heard failed; then whoever calls again misses nothing.
	hear(ctx context.Context, heard func(ctx context.Context, head event.Position) error) error

	// lead runs do while no other process runs one of the same name.
	lead(ctx context.Context, name string, do func(context.Context) error) error
}

// teller is a dialect that must tell other processes of a commit itself.
type teller interface{ tell() }

func newStore(db dialect, read, write, notes *bun.DB, log *slog.Logger) *Store {
	s := &Store{db: db, read: read, write: write, notes: notes, log: log, tip: newTip(), quit: make(chan struct{})}
	s.loads = newLine(chooseLoads, s.serveLoads, refuseLoad)
	s.era.Store(firstEra)
	s.writer = newWriter(db, &s.counts, &s.era, s.wrote, s.loads.inFlight)
	s.polls = newLine(choosePolls, s.servePolls, refusePoll)
	s.stamps = newStamps(s.writeStamps)
	return s
}

// Migrate brings the tables to the shape that this binary knows. Any number of processes may try
// at the same time; one does it.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.db.migrate(ctx, s.log)
	if err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	return nil
}

// Start begins to serve Append, Load, Poll, Wait and Touch. It does not ask the database, which may
// come later; ctx gives the background work its values and does not end it.
func (s *Store) Start(ctx context.Context) {
	s.begun.Do(func() {
		s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
		s.hearing, s.deafen = context.WithCancel(s.life)
		s.writer.open.Store(true)
		s.work.Go(func() { s.writer.run(s.life, s.quit) })
		s.loads.begin()
		s.work.Go(func() { s.loads.work(s.life, s.quit) })
		s.polls.begin()
		s.work.Go(func() { s.polls.work(s.life, s.quit) })
		s.work.Go(func() { s.stamps.run(s.life, s.quit, s.log) })
		s.running.Store(true)
	})
}

// Close lets the commit and the queries in flight end, refuses what waits, writes the last stamps
// and closes the connections.
func (s *Store) Close() error {
	var err error
	s.ended.Do(func() {
		s.begun.Do(func() {}) // a store that was closed does not start
		if s.running.Swap(false) {
			s.stop()
		}
		err = errors.Join(s.read.Close(), s.write.Close(), s.notes.Close())
	})
	return err
}

func (s *Store) stop() {
	s.listening.Do(func() {}) // nobody begins to listen from here on
	s.deafen()
	s.loads.close()
	s.polls.close()
	close(s.quit)
	s.work.Wait()
	s.end()
}

// patiently bounds a statement that calls share.
func (s *Store) patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.patience > 0 {
		return context.WithTimeout(ctx, s.patience)
	}
	return ctx, func() {}
}

// wrote tells everybody who waits for the log that it has moved.
func (s *Store) wrote(head event.Position) {
	s.tip.advance(head)
	if t, tells := s.db.(teller); tells {
		t.tell()
	}
}
