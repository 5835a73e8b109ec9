package crash_test

import (
	"maps"
	"math/rand/v2"
	"net/http"
	neturl "net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// newDoom makes a doom without a victim on a site.
func newDoom(t *testing.T, s *site, r *reaper, watch ...string) *doom {
	t.Helper()
	sow(t)
	return &doom{play: newPlay(t, s), reaper: r, watch: watch}
}

// sow sees to a seed, and says which it is.
func sow(t *testing.T) {
	t.Helper()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
}

// itself makes the program the victim.
func (d *doom) itself() *doom {
	d.program = true
	d.victim = mortal{process: func() int { return 0 }, ended: d.of(0).Ended}
	return d
}

// onPostgres is one process on a database and a broker of their own, under a reaper.
func onPostgres(t *testing.T, dsn string, r *reaper, broker *natstest.Server) *site {
	t.Helper()
	env := with(map[string]string{"WRIT_MASTER_KEY": harness.MasterKey()})
	return &site{broker: broker.URL, database: dsn, servers: []*harness.Server{
		harness.Start(t, harness.Options{Database: dsn, NATS: broker.URL, Env: env, Under: r.command(t)}),
	}}
}

// peer is what a connection to a database leads to: the directory of its socket, or host:port.
func peer(t *testing.T, dsn string) string {
	t.Helper()
	u, err := neturl.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if socket := u.Query().Get("host"); socket != "" {
		return socket
	}
	return u.Host
}

func lineTo(broker *natstest.Server) string { return strings.TrimPrefix(broker.URL, "nats://") }

func TestTheProgramMayDieAtAnyWrite(t *testing.T) {
	req.Covers(t, "R-251", "R-234")
	t.Run("to SQLite and the files of the embedded broker", func(t *testing.T) {
		r := newReaper(t)
		s := &site{servers: []*harness.Server{harness.Start(t, harness.Options{Env: with(nil), Under: r.command(t)})}}
		newDoom(t, s, r, s.of(0).Dir+"/writ.db", s.of(0).Dir+"/jetstream").itself().everywhere(t)
	})
	t.Run("to PostgreSQL and a broker", func(t *testing.T) {
		r, broker, dsn := newReaper(t), natstest.Start(t), bunstoretest.Postgres(t)
		s := onPostgres(t, dsn, r, broker)
		newDoom(t, s, r, peer(t, dsn), lineTo(broker)).itself().everywhere(t)
	})
}

// The process that relays dies, and the other, at which the play goes on, takes over. Nobody there
// notices.
func TestTheRelayMayDieAtAnyWrite(t *testing.T) {
	req.Covers(t, "R-251", "R-234")
	reapers := []*reaper{newReaper(t), newReaper(t)}
	broker, dsn := natstest.Start(t), bunstoretest.Postgres(t)
	env := with(map[string]string{"WRIT_MASTER_KEY": harness.MasterKey()})
	both := &site{broker: broker.URL, database: dsn}
	for i, name := range processNames {
		env["PGAPPNAME"] = name
		both.servers = append(both.servers, harness.Start(t, harness.Options{
			Database: dsn, NATS: broker.URL, Env: maps.Clone(env), Under: reapers[i].command(t),
		}))
	}
	d := newDoom(t, &site{broker: broker.URL, database: dsn, servers: both.servers[:1]}, nil, peer(t, dsn), lineTo(broker))
	d.cast = func(t *testing.T) {
		t.Helper()
		leads := both.leader(t)
		leader := both.servers[leads]
		d.reaper, d.servers = reapers[leads], []*harness.Server{both.servers[1-leads]}
		d.victim = mortal{process: func() int { return 0 }, ended: leader.Ended, resume: leader.Restart}
	}
	d.everywhere(t)
}

// What is not stored by the broker is published again, what is stored is not.
func TestTheBrokerMayDieAtAnyWrite(t *testing.T) {
	req.Covers(t, "R-234")
	t.Run("of the relay to it", func(t *testing.T) {
		r, broker, dsn := newReaper(t), natstest.Start(t), bunstoretest.Postgres(t)
		d := newDoom(t, onPostgres(t, dsn, r, broker), r, lineTo(broker))
		d.victim = mortal{process: broker.PID, ended: broker.Ended, resume: broker.Restart}
		d.everywhere(t)
	})
	t.Run("of its own", func(t *testing.T) {
		theirs, ours := newReaper(t), newReaper(t)
		broker, dsn := natstest.StartUnder(t, theirs.command(t)...), bunstoretest.Postgres(t)
		d := newDoom(t, onPostgres(t, dsn, ours, broker), theirs, broker.Dir())
		d.victim = mortal{process: func() int { return 0 }, ended: broker.Ended, resume: broker.Restart}
		d.everywhere(t)
	})
}

// While the database is away, requests are answered with 503 or not at all; whatever they asked for
// has happened as a whole or not.
func TestTheDatabaseMayDieAtAnyWrite(t *testing.T) {
	req.Covers(t, "R-251")
	r, broker, database := newReaper(t), natstest.Start(t), bunstoretest.StartServer(t)
	d := newDoom(t, onPostgres(t, database.DSN, r, broker), r, peer(t, database.DSN))
	d.victim = mortal{process: database.PID, signal: int(syscall.SIGQUIT), ended: database.Ended, resume: database.Resume}
	d.wounds = true
	d.everywhere(t)
}

// A first start makes keys, tables, streams and its built-in client. The next one goes on from
// wherever it was.
func TestAFirstStartMayDieAtAnyWrite(t *testing.T) {
	req.Covers(t, "R-251")
	sow(t)
	total := firstStart(t, plan{})
	deaths := total
	if *lives > 0 {
		deaths = min(*lives, total)
	}
	for i := range deaths {
		firstStart(t, plan{At: 1 + total*i/deaths + chanceOf(i).IntN(total/deaths), When: moment(chanceOf(i).IntN(int(moments)))})
	}
	t.Logf("%d writes in a first start, %d deaths", total, deaths)
}

// firstStart starts the program in an empty directory, where it dies as planned, and then again. It
// gives how many writes were counted if it lived.
func firstStart(t *testing.T, p plan) (writes int) {
	t.Helper()
	t.Run(p.String(), func(t *testing.T) {
		r, dir := newReaper(t), t.TempDir()
		command := r.command(t)
		p.Watch = []string{dir + "/"}
		r.first(t, p)
		s := harness.Prepare(t, harness.Options{Dir: dir, Env: with(nil), Under: command})
		if s.Attempt() {
			so, err := r.ask(plan{})
			writes = so.Counted
			if err == nil && p.At > 0 {
				t.Logf("it lived, with %d writes", writes)
			}
			s.Kill()
		}
		r.first(t, plan{})
		s.Restart()
		at := &site{servers: []*harness.Server{s}}
		if a := newParty(t, at).open(t); a.Status != http.StatusOK {
			t.Errorf("a code is answered %v, want tokens", a)
		}
		at.held(t)
		at.verify(t)
	})
	return writes
}

// chanceOf is chance for one of several runs.
func chanceOf(run int) *rand.Rand { return rand.New(rand.NewPCG(*seed, uint64(run))) }
