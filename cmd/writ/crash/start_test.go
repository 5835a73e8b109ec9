package crash_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// milestones are files of the data directory, about in the order in which a first start makes them;
// a start at whose milestone the file is there already is killed at once. Some are looked for in
// any of the streams.
var milestones = []string{
	"serve.lock", "migrate.lock", "writ.db", "writ.db-wal",
	"nats", "nats/operator.seed", "nats/system.seed", "nats/events.seed", "nats/accounts.seed",
	"nats-subscriber.creds", "nats-accounts.creds", "jetstream",
	anyStream, anyStream + "/meta.inf", anyStream + "/meta.sum", anyStream + "/msgs/*.blk",
	"master.key", "listen", anyStream + "/obs/*",
}

const anyStream = "jetstream/jetstream/*/streams/*"

// process is a server that may be killed before it answers.
type process struct {
	*exec.Cmd

	dir  string
	said bytes.Buffer
}

// launch starts a server in a directory. It is killed at the end of the test at the latest.
func launch(t *testing.T, dir string, env map[string]string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), harness.Binary(t), "serve"), dir: dir}
	all := map[string]string{"WRIT_DATA_DIR": dir, "WRIT_LISTEN": "127.0.0.1:0", "WRIT_NATS_LISTEN": "127.0.0.1:0", "HOME": dir}
	maps.Copy(all, with(env))
	for name, value := range all {
		p.Env = append(p.Env, name+"="+value)
	}
	p.Stdout, p.Stderr = &p.said, &p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the server in %s said:\n%s", dir, p.said.String())
		}
	})
	return p
}

// kill ends the process without a warning.
func (p *process) kill() {
	_ = p.Process.Kill()
	_ = p.Wait() // how it ended is known
}

// killAt ends the process as soon as a file is there, and fails the test when that takes too long.
func (p *process) killAt(t *testing.T, file string) {
	t.Helper()
	defer p.kill()
	look := time.NewTicker(100 * time.Microsecond)
	defer look.Stop()
	tooLong := time.After(20 * time.Second)
	for {
		select {
		case <-look.C:
			if found, _ := filepath.Glob(filepath.Join(p.dir, file)); len(found) > 0 {
				return
			}
		case <-tooLong:
			t.Fatalf("%s does not appear", file)
		}
	}
}

// Each start goes a little further than the one before, and is killed there.
func TestAStartMayBeKilledAnywhere(t *testing.T) {
	req.Covers(t, "R-251")
	dir := t.TempDir()
	for _, file := range milestones {
		_ = os.Remove(filepath.Join(dir, "listen"))
		launch(t, dir, nil).killAt(t, file)
	}
	s := &site{servers: []*harness.Server{harness.Start(t, harness.Options{Dir: dir, Env: with(nil)})}}
	p := newParty(t, s)
	if a := p.refreshed(t, 0, p.open(t).Refresh); a.Status != http.StatusOK {
		t.Errorf("a refresh is answered %v, want tokens", a)
	}
	s.delivered(t)
	s.verify(t)
}

func TestReplicasMayStartTogether(t *testing.T) {
	req.Covers(t, "R-251")
	env := map[string]string{
		"WRIT_DATABASE_URL": bunstoretest.EmptyPostgres(t), "WRIT_NATS_URL": natstest.Start(t).URL,
		"WRIT_MASTER_KEY": harness.MasterKey(),
	}
	var all []*process
	for range 4 {
		all = append(all, launch(t, t.TempDir(), env))
	}
	all[0].killAt(t, "listen") // while the others are about to begin
	for i, p := range all[1:] {
		harness.Until(t, fmt.Sprintf("replica %d serves", i+1), func() bool {
			address, err := os.ReadFile(filepath.Join(p.dir, "listen"))
			return err == nil && len(address) > 0
		})
	}
	s := &site{
		database: env["WRIT_DATABASE_URL"], broker: env["WRIT_NATS_URL"],
		servers: []*harness.Server{harness.Start(t, harness.Options{Env: with(env)})},
	}
	s.delivered(t)
	s.verify(t)
}
