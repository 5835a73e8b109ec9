package crash_test

import (
	"maps"
	"slices"
	"testing"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
)

// site is one Writ: its processes share a store and a broker.
type site struct {
	servers  []*harness.Server
	database string // DSN; empty for the embedded one
	broker   string // URL of the broker; empty for the embedded one
}

// settings of every process. The shortest interval between polls of a device is forgiven by the
// same second, so that no poll is too soon and all of them race for the tokens.
var settings = map[string]string{
	"WRIT_ISSUER": "http://localhost:8080", "WRIT_DEVICE_POLL_EVERY": "1s",
}

// oneProcess is Writ with everything embedded.
func oneProcess(t *testing.T, env map[string]string) *site {
	t.Helper()
	return &site{servers: []*harness.Server{harness.Start(t, harness.Options{Env: with(env)})}}
}

// twoProcesses is Writ in two processes on one PostgreSQL database and a broker of their own. The
// first one relays: it was there before the other.
func twoProcesses(t *testing.T, env map[string]string) *site {
	t.Helper()
	return twoProcessesOn(t, bunstoretest.Postgres(t), env)
}

// twoProcessesOn is twoProcesses on a database that is there.
func twoProcessesOn(t *testing.T, dsn string, env map[string]string) *site {
	t.Helper()
	s := &site{broker: natstest.Start(t).URL, database: dsn}
	env = with(env)
	env["WRIT_MASTER_KEY"] = harness.MasterKey()
	for _, name := range processNames {
		env["PGAPPNAME"] = name
		s.servers = append(s.servers, harness.Start(t, harness.Options{
			Database: s.database, NATS: s.broker, Env: maps.Clone(env),
		}))
		s.awaitRelayed(t)
	}
	return s
}

// processNames are what the database calls the two processes.
var processNames = []string{"first", "second"}

func with(env map[string]string) map[string]string {
	all := maps.Clone(settings)
	maps.Copy(all, env)
	return all
}

// onBoth runs a test on either kind of site.
func onBoth(t *testing.T, env map[string]string, run func(*testing.T, *site)) {
	t.Run("one process on SQLite", func(t *testing.T) { run(t, oneProcess(t, env)) })
	t.Run("two processes on PostgreSQL", func(t *testing.T) { run(t, twoProcesses(t, env)) })
}

// of gives the processes in turn.
func (s *site) of(turn int) *harness.Server { return s.servers[turn%len(s.servers)] }

// url is the address of a path at a process, whatever the issuer is called.
func url(s *harness.Server, path string) string { return "http://" + s.Address + path }

// createClient registers a public client that people use. What follows are further options.
func (s *site) createClient(t *testing.T, name string, more ...string) string {
	t.Helper()
	var made struct {
		ClientID string `json:"client_id"`
	}
	s.of(0).Ask(&made, slices.Concat([]string{
		"client", "create", "--name", name, "--type", "public", "--redirect-uri", redirectURI,
		"--grant", "authorization_code", "--grant", "device_code", "--grant", "refresh_token",
	}, more)...)
	return made.ClientID
}

// verify fails the test unless every state row is what the log says.
func (s *site) verify(t *testing.T) {
	t.Helper()
	var report struct {
		Facts       int   `json:"facts"`
		Differences []any `json:"differences"`
	}
	s.of(0).Ask(&report, "verify")
	if report.Facts == 0 || len(report.Differences) > 0 {
		t.Errorf("verify: %d facts, differences %v; want some facts and no difference", report.Facts, report.Differences)
	}
}
