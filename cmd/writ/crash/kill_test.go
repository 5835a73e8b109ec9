package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"writ/adapters/bunstore/bunstoretest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const (
	chains       = 16
	visitors     = 2
	killRounds   = 5
	takeOverTime = 5 * time.Second

	brokenConnections = 30
)

// chance says at which moments processes are killed. Its seed is logged.
func chance(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

// scene is a site with people and clients that are busy with it.
type scene struct {
	*site

	person   *person
	chains   []*chain
	visitors []*visitor
	chance   *rand.Rand
}

func newScene(t *testing.T, s *site) *scene {
	t.Helper()
	sc := &scene{site: s, person: s.createPerson(t, "ada"), chance: chance(t)}
	sc.chains = newChains(t, s, sc.person, chains)
	id := s.createClient(t, "Visitor")
	for i := range visitors {
		sc.visitors = append(sc.visitors, &visitor{person: s.createPerson(t, fmt.Sprintf("visitor%d", i)), client: newClient(t, id)})
	}
	return sc
}

// kill ends a process after so many answers as chance has it, and a moment more, and gives the
// time at which it was gone.
func (sc *scene) kill(t *testing.T, l *load, victim *harness.Server) time.Time {
	t.Helper()
	l.after(t, 1+sc.chance.IntN(400))
	<-time.After(time.Duration(sc.chance.Int64N(int64(3 * time.Millisecond))))
	victim.Kill()
	return time.Now()
}

// check holds everybody's memory against the log, and begins new grants for the chains whose
// token was spent by an answer that they never got.
func (sc *scene) check(t *testing.T) {
	t.Helper()
	log := byStream(sc.history(t))
	for _, c := range sc.chains {
		c.check(t, log)
		if c.spent {
			c.begin(t, sc.site, sc.person)
		}
	}
	for i, v := range sc.visitors {
		v.check(t, sc.of(i), log)
	}
	unbroken(t, log)
	if t.Failed() {
		t.FailNow()
	}
}

// lost counts the rotations that were committed without an answer, over all rounds: when chains
// went on, they were repeated or found out.
func (sc *scene) lost(t *testing.T) (n int) {
	t.Helper()
	for _, f := range sc.history(t) {
		if f.Name == "refresh_repeated" || f.Name == "refresh_token_reused" {
			n++
		}
	}
	return n
}

// goOn lets every chain refresh once more.
func (sc *scene) goOn(t *testing.T) {
	t.Helper()
	for i, c := range sc.chains {
		if !c.step(t.Context(), sc.of(i)) && !c.spent && c.odd == nil {
			t.Errorf("%s gets no answer", c.name)
		}
	}
}

func TestAKilledProcessKeepsItsWord(t *testing.T) {
	req.Covers(t, "R-250", "R-251", "R-249")
	sc := newScene(t, oneProcess(t, nil))
	for range killRounds {
		l := begin(t.Context(), sc.site, sc.chains, sc.visitors)
		sc.kill(t, l, sc.of(0))
		l.end()
		sc.of(0).Restart()
		sc.check(t)
		sc.goOn(t)
		sc.check(t)
	}
	t.Logf("%d answers were lost after the commit", sc.lost(t))
	sc.delivered(t)
	sc.verify(t)
}

func TestAKilledReplicaIsReplaced(t *testing.T) {
	req.Covers(t, "R-250", "R-251", "R-249")
	sc := newScene(t, twoProcesses(t, nil))
	seen := sc.watch(t)
	for round := range killRounds {
		leader := sc.leader(t)
		victim := leader
		if round%3 == 2 {
			victim = 1 - leader // so that the relay goes on as if nothing had happened
		}
		l := begin(t.Context(), sc.site, sc.chains, sc.visitors)
		gone := sc.kill(t, l, sc.of(victim))
		took := firstAfter(t, seen, gone)
		l.after(t, 100)
		l.end()
		if took > takeOverTime {
			t.Errorf("round %d: the other process relays after %s, want within %s", round, took, takeOverTime)
		}
		sc.of(victim).Restart()
		sc.check(t)
		t.Logf("round %d: killed process %d, leader %d; events went on after %s", round, victim, leader, took)
	}
	sc.goOn(t)
	sc.check(t)
	t.Logf("%d answers were lost after the commit", sc.lost(t))
	sc.delivered(t)
	sc.verify(t)
}

// The database may end any connection at any moment: that of a commit whose answer is under way,
// of the one who relays, of those who wait.
func TestBrokenConnectionsBreakNoPromise(t *testing.T) {
	req.Covers(t, "R-250")
	sc := newScene(t, twoProcesses(t, nil))
	for _, c := range sc.chains {
		c.patient = true
	}
	database := sc.connectToDatabase(t)
	l := begin(t.Context(), sc.site, sc.chains, nil)
	for range brokenConnections {
		l.after(t, 1+sc.chance.IntN(20))
		_, err := database.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2`)
		if err != nil {
			t.Fatal(err)
		}
	}
	l.end()
	sc.check(t)
	sc.goOn(t)
	sc.check(t)
	t.Logf("%d answers were lost after the commit", sc.lost(t))
	sc.delivered(t)
	sc.verify(t)
}

// The database is ended at once and started again, as pg_ctl restart -m immediate does: no commit
// that was answered is lost, and nobody is told that a good token is bad.
func TestARestartedDatabaseBreaksNoPromise(t *testing.T) {
	req.Covers(t, "R-250", "R-251")
	database := bunstoretest.StartServer(t)
	sc := newScene(t, twoProcessesOn(t, database.DSN, nil))
	for _, c := range sc.chains {
		c.patient = true
	}
	for range killRounds {
		l := begin(t.Context(), sc.site, sc.chains, nil)
		l.after(t, 1+sc.chance.IntN(200))
		database.Halt()
		database.Resume()
		l.after(t, 50)
		l.end()
		for i, s := range sc.servers {
			harness.Until(t, fmt.Sprintf("process %d is ready", i), func() bool { return s.Status("/readyz") == http.StatusOK })
		}
		sc.check(t)
	}
	sc.goOn(t)
	sc.check(t)
	t.Logf("%d answers were lost after the commit", sc.lost(t))
	sc.delivered(t)
	sc.verify(t)
}

// watch reads the stream along, as a subscriber does.
func (s *site) watch(t *testing.T) <-chan message {
	t.Helper()
	seen, done := make(chan message, 1<<16), make(chan struct{})
	connection := s.connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		_ = read(ctx, connection, func(m message, _ uint64) bool { // ends with ctx
			seen <- m
			return true
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return seen
}

// firstAfter waits for a message about something that was decided after a moment, and gives how
// long after it that message came.
func firstAfter(t *testing.T, seen <-chan message, moment time.Time) time.Duration {
	t.Helper()
	tooLong := time.After(relayWithin)
	for {
		select {
		case m := <-seen:
			if m.Time.After(moment) {
				return m.Arrived.Sub(moment)
			}
		case <-tooLong:
			t.Fatalf("no event within %s", relayWithin)
		}
	}
}

// leader asks the database which process relays: each connects under a name of its own.
func (s *site) leader(t *testing.T) int {
	t.Helper()
	connection := s.connectToDatabase(t)
	ctx, cancel := context.WithTimeout(t.Context(), relayWithin)
	defer cancel()
	leads, err := eventually(ctx, func(ctx context.Context) (name string, err error) {
		err = connection.QueryRow(ctx, `SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
			WHERE locktype = 'advisory' AND granted AND datname = current_database()`).Scan(&name)
		return name, err
	})
	if err != nil {
		t.Fatalf("ask who leads: %v", err)
	}
	return slices.Index(processNames, leads)
}

func (s *site) connectToDatabase(t *testing.T) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.WithoutCancel(t.Context())) })
	return connection
}
