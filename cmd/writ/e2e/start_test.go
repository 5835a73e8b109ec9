package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// refusedNaming fails the test unless the server does not start, and says which settings are why.
func refusedNaming(t *testing.T, o harness.Options, settings ...string) {
	t.Helper()
	code, said := harness.Refused(t, o)
	if code != 1 {
		t.Errorf("the server ends with code %d, want 1:\n%s", code, said)
	}
	for _, setting := range settings {
		if !strings.Contains(said, setting) {
			t.Errorf("the server does not name %s:\n%s", setting, said)
		}
	}
	if strings.Contains(said, "goroutine ") {
		t.Errorf("the server panics:\n%s", said)
	}
}

func TestStartWithWrongSettingsNamesAllOfThem(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-001")
	refusedNaming(t, harness.Options{Env: map[string]string{
		"WRIT_ISSUER": "http://id.example.org", "WRIT_ACCESS_TOKEN_ALG": "none", "WRIT_CODE_TTL": "1h",
		"WRIT_WEB_ORIGINS": "www.example.org", "WRIT_DEFAULT_PERMISSIONS": "FLY", "WRIT_DATABASE_POOL": "0",
		"WRIT_DATABASE_URL": "mysql://db/writ", "WRIT_NATS_URL": "foo://bar",
	}}, "WRIT_DATABASE_URL", "WRIT_MASTER_KEY", "WRIT_NATS_URL", "WRIT_ISSUER", "WRIT_ACCESS_TOKEN_ALG", "WRIT_CODE_TTL", "WRIT_WEB_ORIGINS", "WRIT_DEFAULT_PERMISSIONS", "WRIT_DATABASE_POOL")
}

func TestStartOnATakenPortNamesTheSetting(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	refusedNaming(t, harness.Options{Env: map[string]string{"WRIT_LISTEN": w.Address}}, "WRIT_LISTEN")
	refusedNaming(t, harness.Options{Env: map[string]string{"WRIT_NATS_LISTEN": strings.TrimPrefix(w.NATS, "nats://")}}, "WRIT_NATS_LISTEN")
}

func TestStartBesideAnotherServerOfTheSameDirectory(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	refusedNaming(t, harness.Options{Dir: w.Dir}, "WRIT_DATA_DIR")
	if got := w.Status("/readyz"); got != http.StatusOK {
		t.Errorf("the first server answers %d after that", got)
	}
	w.Ask(nil, "doctor")
}

func TestStartWithAnotherMasterKeyThanTheStores(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	w.Stop()
	refusedNaming(t, harness.Options{Dir: w.Dir, Env: map[string]string{"WRIT_MASTER_KEY": harness.MasterKey()}}, "WRIT_MASTER_KEY")
	refusedNaming(t, harness.Options{Dir: w.Dir, Env: map[string]string{"WRIT_MASTER_KEY": "secret"}}, "WRIT_MASTER_KEY")
	key := filepath.Join(w.Dir, "master.key")
	if err := os.Rename(key, key+".elsewhere"); err != nil {
		t.Fatal(err)
	}
	refusedNaming(t, harness.Options{Dir: w.Dir}, "WRIT_MASTER_KEY")
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key was made for a store that has one")
	}
	if err := os.Rename(key+".elsewhere", key); err != nil {
		t.Fatal(err)
	}
	w.Restart()
}

func TestStartOnPostgreSQLDemandsAMasterKeyAndItsOwn(t *testing.T) {
	t.Parallel()
	database := bunstoretest.Postgres(t)
	nats := natstest.Start(t).URL
	refusedNaming(t, harness.Options{Database: database, NATS: nats, Env: map[string]string{"WRIT_MASTER_KEY": ""}}, "WRIT_MASTER_KEY")
	serve(t, harness.Options{Database: database, NATS: nats}).Stop()
	refusedNaming(t, harness.Options{Database: database, NATS: nats}, "WRIT_MASTER_KEY")
}

func TestStartWithASecondEmbeddedBrokerOnOneDatabase(t *testing.T) {
	t.Parallel()
	o := harness.Options{Database: bunstoretest.Postgres(t), Env: map[string]string{"WRIT_MASTER_KEY": harness.MasterKey()}}
	serve(t, o)
	refusedNaming(t, o, "WRIT_NATS_URL")
}

func TestServersThatStartTogetherOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-257")
	o := harness.Options{
		Database: bunstoretest.EmptyPostgres(t), NATS: natstest.Start(t).URL,
		Env: map[string]string{"WRIT_MASTER_KEY": harness.MasterKey(), "WRIT_ISSUER": "http://localhost:1"},
	}
	servers := harness.StartAll(t, o, o, o)
	w := &world{Server: servers[0], t: t}
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE")
	for _, s := range servers {
		at := &world{Server: s, t: t}
		at.URL = "http://" + s.Address
		got := at.posts(robot, "/api/oauth/token", map[string][]string{"grant_type": {"client_credentials"}})
		if got.status != http.StatusOK {
			t.Fatalf("a server answers %d: %s", got.status, got.body)
		}
		token, _ := got.json(t)["access_token"].(string)
		w.verifies("http://"+servers[1].Address, token)
	}
}

// verifies fails the test unless a token's signature is good by the key set of a server.
func (w *world) verifies(server, token string) {
	w.t.Helper()
	if _, err := oidc.NewRemoteKeySet(w.t.Context(), server+"/api/oauth/jwks").VerifySignature(w.t.Context(), token); err != nil {
		w.t.Errorf("the key set of another server does not verify a token: %v", err)
	}
}

func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-251")
		ada, notes, other := w.hire("ada"), w.native(), w.otherNative()
		kept, lost := w.allow(ada, notes, wide), w.allow(ada, other, wide)
		if got := w.posts(other, "/api/oauth/revoke", map[string][]string{"token": {lost.RefreshToken}}); got.status != http.StatusOK {
			t.Fatalf("revocation answers %d: %s", got.status, got.body)
		}
		w.Kill()
		w.Restart()
		_, err := w.refresh(other, lost)
		refusedWith(t, err, "invalid_grant")
		w.stillVerifies(kept, scopeOf(kept))
		w.mustRefresh(notes, kept)
		w.Ask(nil, "verify")
	})
}
