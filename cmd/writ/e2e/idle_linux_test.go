package e2e_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
)

const (
	calmsDown = 12 * time.Second // what looks at the log after it has moved does so twice, five seconds apart
	idles     = 10 * time.Second
	looks     = 500 * time.Millisecond

	idleTime = 300 * time.Millisecond // of a processor; the embedded broker keeps its own time
	idleRead = 64 << 10               // bytes; the broker looks at its own use of the machine
)

// works has a server do something, and returns when it has published that and has nothing to do.
func (w *world) works(credentials string) {
	w.t.Helper()
	ada, notes := w.hire("ada"), w.native()
	w.mustRefresh(notes, w.allow(ada, notes, wide))
	w.subscribe(w.dial(credentials)).next("writ.grant-refreshed.v1")
	<-time.After(calmsDown)
}

// trace is what a server has done at PostgreSQL.
type trace struct {
	Sessions int64 // ever begun
	Backends int   // there are now
	Asked    time.Time
}

func traceIn(t *testing.T, on *pgx.Conn) (found trace) {
	t.Helper()
	err := on.QueryRow(t.Context(), `SELECT sessions, (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname AND pid <> pg_backend_pid()),
		(SELECT max(query_start) FROM pg_stat_activity a WHERE a.datname = d.datname AND pid <> pg_backend_pid())
		FROM pg_stat_database d WHERE datname = current_database()`).Scan(&found.Sessions, &found.Backends, &found.Asked)
	if err != nil {
		t.Fatalf("ask what the server did: %v", err)
	}
	return found
}

func TestAnIdleServerAsksItsDatabaseNothing(t *testing.T) {
	t.Parallel()
	database := bunstoretest.StartServer(t, "-c", "autovacuum=off")
	w := serve(t, harness.Options{Database: database.DSN, NATS: natstest.Start(t).URL})
	w.works("")
	on, err := pgx.Connect(t.Context(), database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close(context.WithoutCancel(t.Context())) })
	before := traceIn(t, on)
	for tick, end := time.Tick(looks), time.After(idles); ; {
		select {
		case <-tick:
			if diff := cmp.Diff(before, traceIn(t, on)); diff != "" {
				t.Fatalf("an idle server went to its database:\n%s", diff)
			}
		case <-end:
			return
		}
	}
}

func TestAnIdleServerWithEverythingEmbeddedDoesNothing(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	w.works("nats-subscriber.creds")
	read, worked := w.effort()
	<-time.After(idles)
	readThen, workedThen := w.effort()
	if n := readThen - read; n > idleRead {
		t.Errorf("an idle server read %d bytes in %s", n, idles)
	}
	if d := workedThen - worked; d > idleTime {
		t.Errorf("an idle server worked for %s in %s", d, idles)
	}
	t.Logf("in %s it read %d bytes and worked for %s", idles, readThen-read, workedThen-worked)
}

// effort is what a server has read from files and pipes, and for how long it has worked, as proc(5)
// has it.
func (w *world) effort() (read int64, worked time.Duration) {
	w.t.Helper()
	io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", w.PID()))
	if err != nil {
		w.t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.PID()))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(io), "rchar: %d", &read); err != nil {
		w.t.Fatalf("read %s: %v", io, err)
	}
	fields := strings.Fields(string(stat)[strings.LastIndexByte(string(stat), ')'):]) // from the second one on
	for _, field := range fields[12:14] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			w.t.Fatalf("read %s: %v", stat, err)
		}
		worked += time.Duration(ticks) * 10 * time.Millisecond
	}
	return read, worked
}
