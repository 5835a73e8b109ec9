package bunstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
	"writ/ports"
)

// beginning is a commit that begins a stream.
func beginning(id event.Stream) ports.Commit { return moving(id, 0) }

func moving(id event.Stream, expected event.Version) ports.Commit {
	fact := event.Fact{ID: rand.Text(), Stream: id, Version: expected + 1, Name: "happened", Revision: 1, Data: []byte("{}")}
	row := &ports.Row{Stream: id, Version: expected + 1, Shape: 1, Data: []byte("{}")}
	return ports.Commit{Appends: []ports.Append{{Stream: id, Expected: expected, Facts: []event.Fact{fact}, Row: row}}}
}

func fresh() event.Stream { return event.Stream{Kind: "grant", ID: rand.Text()} }

// session is a connection that stands for something outside of the store.
func session(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// blocked returns when so many sessions of the database wait for a lock. It looks from outside any
// transaction, for within one the statistics stand still.
func blocked(t *testing.T, dsn string, sessions int) {
	t.Helper()
	conn := session(t, dsn)
	for waiting := -1; waiting < sessions; {
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// kill ends every other session of the database.
func kill(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	exec(t, conn, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

// inBackground runs f n times at once and gives a channel of n results.
func inBackground(n int, f func(i int) error) <-chan error {
	done := make(chan error, n)
	for i := range n {
		go func() { done <- f(i) }()
	}
	return done
}

func all(t *testing.T, n int, done <-chan error) {
	t.Helper()
	for range n {
		err := <-done
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAnOpenCommitOfAnotherProcessIsWaitedForAndNotSkipped(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	exec(t, slow, "BEGIN")
	exec(t, slow, "UPDATE log_head SET position = position + 1")
	exec(t, slow, `INSERT INTO events VALUES (1, 'slow', 'grant/slow', 'grant', 1, 'happened', 1, 0, '', '')`)

	done := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	blocked(t, dsn, 1)
	facts, err := store.Read(t.Context(), 0, 10)
	if err != nil || len(facts) != 0 {
		t.Fatalf("read %d facts (%v) before anything was committed", len(facts), err)
	}
	exec(t, slow, "COMMIT")
	all(t, 1, done)
	facts, err = store.Read(t.Context(), 0, 10)
	if err != nil || len(facts) != 2 || facts[0].ID != "slow" {
		t.Errorf("read %v (%v), want the slow commit and then the other", facts, err)
	}
}

func TestWhatArrivesDuringACommitSharesTheNext(t *testing.T) {
	const waiting = 200
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	exec(t, slow, "BEGIN")
	exec(t, slow, "SELECT * FROM log_head FOR UPDATE")
	first := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	blocked(t, dsn, 1)
	rest := inBackground(waiting, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := store.Append(gone, beginning(fresh()))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that was gone got %v", err)
	}
	exec(t, slow, "COMMIT")
	all(t, 1, first)
	all(t, waiting, rest)
	head, err := store.Head(t.Context())
	if stats := store.Stats(); err != nil || head != waiting+1 || stats.Commits > waiting/2 {
		t.Errorf("%d facts (%v) in %d transactions", head, err, stats.Commits)
	}
}

// No constraint of the database decides between commits that share a transaction.
func TestConflictsWithinABatchAreSeenBeforeItIsWritten(t *testing.T) {
	const waiting = 32
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	exec(t, slow, "BEGIN")
	exec(t, slow, "SELECT * FROM log_head FOR UPDATE")
	first := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	blocked(t, dsn, 1)
	id, key := fresh(), ports.UniqueKey{Kind: "handle", Digest: []byte("key")}
	var conflicts, taken atomic.Int64
	rest := inBackground(waiting, func(i int) error {
		c := beginning(id)
		if i%2 == 0 {
			c = beginning(fresh())
			c.Appends[0].Claim = []ports.UniqueKey{key}
		}
		err := store.Append(t.Context(), c)
		if is := new(ports.TakenError); errors.As(err, &is) {
			taken.Add(1)
			return nil
		}
		if errors.Is(err, ports.ErrConflict) {
			conflicts.Add(1)
			return nil
		}
		return err
	})
	exec(t, slow, "COMMIT")
	all(t, 1, first)
	all(t, waiting, rest)
	if taken.Load() != waiting/2-1 || conflicts.Load() != waiting/2-1 || store.Stats().Reruns != 0 {
		t.Errorf("%d keys were taken, %d commits conflicted, %d batches were refused", taken.Load(), conflicts.Load(), store.Stats().Reruns)
	}
}

func TestTooManyWaitingAppendsAreRefusedAtOnce(t *testing.T) {
	const limit = 4096
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	exec(t, slow, "BEGIN")
	exec(t, slow, "SELECT * FROM log_head FOR UPDATE")
	first := inBackground(1, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	blocked(t, dsn, 1)
	rest := inBackground(limit+10, func(int) error { return store.Append(t.Context(), beginning(fresh())) })
	for range 10 {
		err := <-rest
		if !errors.Is(err, ports.ErrOverloaded) {
			t.Errorf("append gave %v, want %v", err, ports.ErrOverloaded)
		}
	}
	exec(t, slow, "COMMIT")
	all(t, 1, first)
	all(t, limit, rest)
}

func TestLoadsThatWaitShareQueries(t *testing.T) {
	const waiting = 200
	dsn := bunstoretest.Postgres(t)
	store, slow := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	id := fresh()
	err := store.Append(t.Context(), beginning(id))
	if err != nil {
		t.Fatal(err)
	}
	load := func(ctx context.Context) error {
		rows, err := store.Load(ctx, []event.Stream{id})
		if err == nil && len(rows) != 1 {
			err = fmt.Errorf("%d rows", len(rows))
		}
		return err
	}
	exec(t, slow, "BEGIN")
	exec(t, slow, "LOCK TABLE states")
	const workers = 1
	first := make(chan error, workers)
	for i := range workers { // one by one, or they would share
		go func() { first <- load(t.Context()) }()
		blocked(t, dsn, i+1)
	}
	impatient, cancel := context.WithCancel(t.Context())
	left := inBackground(1, func(int) error { return load(impatient) })
	rest := inBackground(waiting, func(int) error { return load(t.Context()) })
	cancel()
	err = <-left
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller whose time was over got %v", err)
	}
	exec(t, slow, "COMMIT")
	all(t, workers, first)
	all(t, waiting, rest)
	if stats := store.Stats(); stats.LoadQueries > waiting/2 {
		t.Errorf("%d loads took %d queries", stats.LoadsServed, stats.LoadQueries)
	}
}

func TestOneConnectionServes64Clients(t *testing.T) {
	const clients = 64
	dsn := bunstoretest.Postgres(t)
	store := bunstoretest.PostgresStore(t, dsn, 1)
	all(t, clients, inBackground(clients, func(i int) error {
		id := fresh()
		for v := range event.Version(4) {
			err := store.Append(t.Context(), moving(id, v))
			if err != nil {
				return err
			}
			for range store.History(t.Context(), id, 0) {
				_, err = store.Load(t.Context(), []event.Stream{id}) // while a history is read
			}
			_, poll := store.Poll(t.Context(), ports.Polling{Device: id.ID, Least: time.Second, At: time.UnixMicro(int64(v)), Forget: time.UnixMicro(1e9)})
			_, _, list := store.List(t.Context(), ports.Query{Kind: "grant", Limit: 1})
			_, purge := store.Purge(t.Context(), time.UnixMicro(1), 10)
			if err := errors.Join(err, poll, list, purge, store.Wait(t.Context(), 0)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestCallsWorkAfterEveryConnectionWasKilled(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	store, admin := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	id := fresh()
	for v := range event.Version(5) {
		err := store.Append(t.Context(), moving(id, v))
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		kill(t, admin)
		rows, err := store.Load(t.Context(), []event.Stream{id})
		if err != nil || len(rows) != 1 {
			t.Fatalf("load: %d rows, %v", len(rows), err)
		}
		kill(t, admin)
		_, err = store.Poll(t.Context(), ports.Polling{Device: id.ID, Least: time.Second, At: time.UnixMicro(1), Forget: time.UnixMicro(2)})
		if err != nil {
			t.Fatalf("poll: %v", err)
		}
		kill(t, admin)
	}
}

// What was acknowledged is there once, and what was not is there at most once, however often the
// connections are killed under the writer.
func TestConnectionsKilledUnderLoad(t *testing.T) {
	const clients, each = 8, 40
	dsn := bunstoretest.Postgres(t)
	store, admin := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	acknowledged := make([][]event.Stream, clients)
	done := inBackground(clients, func(i int) error {
		for range each {
			id := fresh()
			if store.Append(t.Context(), beginning(id)) == nil {
				acknowledged[i] = append(acknowledged[i], id)
			}
		}
		return nil
	})
	for running := clients; running > 0; {
		select {
		case <-done:
			running--
		default:
			kill(t, admin)
		}
	}
	total := 0
	for _, streams := range acknowledged {
		for _, id := range streams {
			facts := 0
			for _, err := range store.History(t.Context(), id, 0) {
				if err != nil {
					t.Fatal(err)
				}
				facts++
			}
			if facts != 1 {
				t.Errorf("an acknowledged commit left %d facts", facts)
			}
			total++
		}
	}
	head, err := store.Head(t.Context())
	if err != nil || int(head) < total {
		t.Errorf("%d commits were acknowledged, the head is %d (%v)", total, head, err)
	}
	t.Logf("%d of %d commits acknowledged, head %d", total, clients*each, head)
}

func TestAServerThatDoesNotAnswerIsAnErrorInTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, dsn := range map[string]string{
		"nobody listens": "postgres://writ@/writ?host=" + t.TempDir(),
		"nobody answers": "postgres://writ@" + silent.Addr().String() + "/writ?sslmode=disable&connect_timeout=1",
	} {
		t.Run(name, func(t *testing.T) {
			store, err := bunstore.OpenPostgres(dsn, "", 2, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			store.Start(t.Context())
			t.Cleanup(func() { _ = store.Close() })
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, load := store.Load(ctx, []event.Stream{fresh()})
			_, find := store.Find(ctx, ports.UniqueKey{Kind: "handle"})
			for _, err := range []error{store.Append(ctx, beginning(fresh())), load, find, store.Wait(ctx, 0)} {
				if err == nil || errors.Is(err, ports.ErrConflict) || errors.Is(err, ports.ErrNotFound) {
					t.Errorf("a call gave %v, want an outage", err)
				}
			}
		})
	}
}

func TestALeaderWhoseConnectionDiesStopsLeading(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	store, admin := bunstoretest.PostgresStore(t, dsn, 4), session(t, dsn)
	led := make(chan struct{})
	done := inBackground(1, func(int) error {
		return store.Lead(t.Context(), "relay", func(ctx context.Context) error {
			close(led)
			<-ctx.Done()
			return nil
		})
	})
	<-led
	kill(t, admin)
	err := <-done
	if err == nil {
		t.Error("losing the leadership was no error")
	}
	err = store.Lead(t.Context(), "relay", func(context.Context) error { return nil })
	if err != nil {
		t.Errorf("lead again: %v", err)
	}
}

func TestAListenerThatWasCutOffHearsAgain(t *testing.T) {
	dsn := bunstoretest.Postgres(t)
	here, there := bunstoretest.PostgresStore(t, dsn, 4), bunstoretest.PostgresStore(t, dsn, 4)
	admin := session(t, dsn)
	for n := range event.Position(3) {
		woken := inBackground(1, func(int) error { return here.Wait(t.Context(), n) })
		kill(t, admin)
		err := there.Append(t.Context(), beginning(fresh()))
		if err != nil {
			t.Fatal(err)
		}
		all(t, 1, woken)
	}
}
