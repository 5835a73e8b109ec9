//go:build unix

package bunstore_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rs/xid"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
	"writ/ports"
)

// payload is about what a rotation writes: an event of 300 bytes and a state of 900.
var eventPayload, statePayload = make([]byte, 300), make([]byte, 900)

// BenchmarkIssue measures what client credentials ask of the store: one commit of one fact in a
// stream of its own, which relies on an account and a client.
func BenchmarkIssue(b *testing.B) { onBothBench(b, issue) }

// BenchmarkRotate measures what a refresh asks of the store: one load of a grant with its account
// and its client, and one commit that relies on both.
func BenchmarkRotate(b *testing.B) { onBothBench(b, rotate) }

func onBothBench(b *testing.B, bench func(b *testing.B, s *bunstore.Store, clients int)) {
	for _, clients := range []int{1, 32} {
		b.Run(fmt.Sprintf("SQLite/%d", clients), func(b *testing.B) {
			bench(b, bunstoretest.SQLiteAt(b, filepath.Join(b.TempDir(), "writ.db")), clients)
		})
		b.Run(fmt.Sprintf("PostgreSQL/%d", clients), func(b *testing.B) {
			bench(b, bunstoretest.PostgresStore(b, bunstoretest.Postgres(b), 4), clients)
		})
	}
}

func issue(b *testing.B, s *bunstore.Store, clients int) {
	account, client := begun(b, s)
	inParallel(b, s, clients, func(wanted <-chan struct{}) (err error) {
		for range wanted {
			c := rotation(event.Stream{Kind: "token", ID: xid.New().String()}, 0)
			c.Appends[0].Row = nil
			c.Expects = []ports.Expectation{{Stream: account, Version: 1}, {Stream: client, Version: 1}}
			if err == nil { // what was asked for must be emptied
				err = s.Append(b.Context(), c)
			}
		}
		return err
	})
}

func rotate(b *testing.B, s *bunstore.Store, clients int) {
	account, client := begun(b, s)
	inParallel(b, s, clients, func(wanted <-chan struct{}) error {
		return rotateGrant(b, s, account, client, wanted)
	})
}

// begun is an account and a client that are in the store.
func begun(b *testing.B, s *bunstore.Store) (account, client event.Stream) {
	account, client = event.Stream{Kind: "account", ID: xid.New().String()}, event.Stream{Kind: "client", ID: xid.New().String()}
	for _, id := range []event.Stream{account, client} {
		mustBench(b, s.Append(b.Context(), rotation(id, 0)))
	}
	return account, client
}

// inParallel shares b.N turns among clients, and reports what they cost in the store.
func inParallel(b *testing.B, s *bunstore.Store, clients int, work func(wanted <-chan struct{}) error) {
	wanted, done := make(chan struct{}), make(chan error, clients)
	for range clients {
		go func() { done <- work(wanted) }()
	}
	before, cpu := s.Stats(), processorTime(b)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		wanted <- struct{}{}
	}
	close(wanted)
	for range clients {
		mustBench(b, <-done)
	}
	b.StopTimer()
	after := s.Stats()
	b.ReportMetric(float64(after.Batched-before.Batched)/float64(after.Commits-before.Commits), "appends/commit")
	b.ReportMetric(float64(after.LoadsServed-before.LoadsServed)/float64(max(1, after.LoadQueries-before.LoadQueries)), "loads/query")
	b.ReportMetric(float64((processorTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
}

// processorTime is what this process has used of the processors; a database server is another.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	mustBench(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func rotateGrant(b *testing.B, s *bunstore.Store, account, client event.Stream, wanted <-chan struct{}) error {
	grant := event.Stream{Kind: "grant", ID: xid.New().String()}
	first := rotation(grant, 0)
	first.Appends[0].Row.Account, first.Appends[0].Row.Client = account.ID, client.ID
	err := s.Append(b.Context(), first)
	for range wanted {
		if err != nil {
			continue // what was asked for must be emptied
		}
		var rows []ports.Row
		rows, err = s.Load(b.Context(), []event.Stream{grant})
		if err != nil || len(rows) != 3 {
			err = fmt.Errorf("%d rows: %w", len(rows), err)
			continue
		}
		err = s.Append(b.Context(), follow(rows, grant, account, client))
	}
	return err
}

func follow(rows []ports.Row, grant, account, client event.Stream) ports.Commit {
	for _, r := range rows {
		if r.Stream == grant {
			c := rotation(grant, r.Version)
			c.Appends[0].Row.Account, c.Appends[0].Row.Client = account.ID, client.ID
			c.Expects = []ports.Expectation{{Stream: account, Version: 1}, {Stream: client, Version: 1}}
			return c
		}
	}
	return ports.Commit{}
}

func rotation(id event.Stream, expected event.Version) ports.Commit {
	c := moving(id, expected)
	c.Appends[0].Facts[0].Data, c.Appends[0].Row.Data = eventPayload, statePayload
	return c
}

func mustBench(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
