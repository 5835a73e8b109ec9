package e2e_test

import (
	"context"
	"database/sql"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"writ/cmd/writ/e2e/harness"
)

// rebuilt are servers on one store, a robot and people who use it, and a way behind all of them.
type rebuilt struct {
	servers []*world
	db      *sql.DB
	spoilt  string // SQL that takes CREATE_POST out of a row's data
	ada     person
	robots  []*clientcredentials.Config // one for each server
	desks   []*frontend                 // ada's, one at each server
	served  atomic.Int64
}

func TestRowsAreSwappedWhileServersWork(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		w := serve(t, harness.Options{})
		newRebuilt(t, "sqlite", "file:"+filepath.Join(w.Dir, "writ.db")+"?_pragma=busy_timeout(10000)",
			"CAST(replace(CAST(data AS TEXT), 'CREATE_POST ', '') AS BLOB)", w).swaps(t)
	})
	t.Run("two replicas on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		one, other := replicas(t)
		env := one.Environment()
		at := slices.IndexFunc(env, func(v string) bool { return strings.HasPrefix(v, "WRIT_DATABASE_URL=") })
		_, dsn, _ := strings.Cut(env[at], "=")
		newRebuilt(t, "pgx", dsn, "convert_to(replace(convert_from(data, 'UTF8'), 'CREATE_POST ', ''), 'UTF8')", one, other).swaps(t)
	})
}

func newRebuilt(t *testing.T, driver, dsn, spoilt string, servers ...*world) *rebuilt {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := &rebuilt{servers: servers, db: db, spoilt: spoilt}
	r.ada = servers[0].hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS")
	robot := servers[0].register("Robot", "confidential", "client_credentials", "--scope", "CREATE_POST READ_PROFILE", "--owner", "ada")
	for _, w := range servers {
		r.robots = append(r.robots, &clientcredentials.Config{
			ClientID: robot.ClientID, ClientSecret: robot.Secret, TokenURL: w.URL + "/api/oauth/token",
		})
		r.desks = append(r.desks, w.frontend().signIn(r.ada))
	}
	return r
}

// works refreshes and asks for tokens until ctx ends. The error is that of a request that failed.
func (r *rebuilt) works(ctx context.Context, config *oauth2.Config, robot *clientcredentials.Config, token *oauth2.Token) error {
	asking := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		next, err := config.TokenSource(asking, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		if err != nil {
			return err
		}
		_, err = robot.Token(asking)
		if err != nil {
			return err
		}
		token = next
		r.served.Add(2)
	}
	return nil
}

func (r *rebuilt) swaps(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	failed, workers := make(chan error, 6), 0
	for i := range cap(failed) {
		n := i % len(r.servers)
		w := r.servers[n]
		notes := w.native()
		token := w.allow(r.ada, notes, "offline_access READ_PROFILE CREATE_POST")
		config := w.config(notes, "")
		workers++
		go func() { failed <- r.works(ctx, config, r.robots[n], token) }()
	}
	for range 3 {
		r.spoilAndSwap(t)
	}
	stop()
	for range workers {
		if err := <-failed; err != nil {
			t.Errorf("a request failed: %v", err)
		}
	}
	t.Logf("%d requests were served", r.served.Load())
	r.servers[0].Ask(nil, "verify")
	r.servers[0].Ask(nil, "rebuild", "--compare")
}

// spoilAndSwap lets every server learn what is wrong, and wants it to know nothing of that as soon as
// the command has ended.
func (r *rebuilt) spoilAndSwap(t *testing.T) {
	t.Helper()
	w := r.servers[0]
	_, err := r.db.ExecContext(t.Context(), "UPDATE states SET data = "+r.spoilt+" WHERE stream = 'account/"+r.ada.ID+"'")
	if err == nil {
		_, err = r.db.ExecContext(t.Context(), "DELETE FROM unique_keys WHERE kind = 'handle' AND stream = 'account/"+r.ada.ID+"'")
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, robot := range r.robots {
		w.Until("the wrong row is believed", func() bool {
			// A server that remembers an account does not read it, but for a session.
			r.desks[i].must(http.StatusOK, http.MethodGet, "/api/auth/account", nil)
			return r.scope(t, robot) == "READ_PROFILE"
		})
	}
	said, err := w.CLI("rebuild", "--compare")
	if err == nil || !strings.Contains(string(said), "account/"+r.ada.ID+": the row is not what the facts make of it") {
		t.Errorf("compare gave %v and said %s", err, said)
	}
	var found struct {
		Differences []struct{ Stream string }
		Swapped     bool
	}
	from := r.served.Load()
	w.Ask(&found, "rebuild", "--compare", "--swap")
	if !found.Swapped || len(found.Differences) == 0 {
		t.Errorf("swap found %+v", found)
	}
	for _, robot := range r.robots {
		if scope := r.scope(t, robot); scope != "CREATE_POST READ_PROFILE" {
			t.Errorf("after the swap a token is for %q", scope)
		}
	}
	if r.served.Load() == from {
		t.Error("nothing was served meanwhile")
	}
}

func (r *rebuilt) scope(t *testing.T, robot *clientcredentials.Config) string {
	t.Helper()
	token, err := robot.Token(t.Context())
	if err != nil {
		t.Fatalf("a token for the robot: %v", err)
	}
	return scopeOf(token)
}
