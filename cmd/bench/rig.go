package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"writ/adapters/masterkey"
	"writ/domain/oauth"
)

// The stores that are measured.
const (
	sqliteStore   = "sqlite"
	postgresStore = "postgres"
)

// plan is how a rig is made.
type plan struct {
	store       string
	program     string   // of the server; empty: the one that is measured
	relays      bool     // whether the server relays
	broker      string   // its URL; empty: embedded
	subscribers string   // where an embedded broker listens; empty: nowhere
	settings    []string // further ones
	outside     bool     // everything is prepared as a stranger would, so that any revision can be measured
}

// rig is a server on one kind of store, with everything that is needed to measure it.
type rig struct {
	site     *site
	plan     plan
	dir      string
	settings []string // of the server
	dsn      string   // empty: SQLite
	server   *server
	more     []*server // further replicas
	world    *world
	ground   *ground
	bare     *bare // does what a token takes at the least, on the same store

	scope   oauth.Scope // that people grant
	codes   *codes      // that were approved at the server
	foreign *codes      // that were approved elsewhere
	chains  *chains
	seen    []string           // access tokens with openid
	rates   map[string]float64 // of work done in a second
}

// anyPort is where an embedded broker listens whose address is looked up.
const anyPort = "127.0.0.1:0"

// startRig starts a server on a fresh store.
func (s *site) startRig(ctx context.Context, p plan) (*rig, error) {
	r := &rig{site: s, plan: p, rates: map[string]float64{}, scope: oauth.Scope(s.options.Scope)}
	err := r.start(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", p.store, err), r.close(ctx))
	}
	return r, nil
}

func (r *rig) start(ctx context.Context) error {
	err := r.settle(ctx)
	if err != nil {
		return err
	}
	r.server, err = r.serve(ctx)
	if err != nil {
		return err
	}
	r.world, err = r.populate(ctx)
	if err != nil {
		return err
	}
	return r.openGrants(ctx)
}

// settle decides on the server's settings.
func (r *rig) settle(ctx context.Context) (err error) {
	r.dir, err = os.MkdirTemp("", "writ-bench")
	if err != nil {
		return err
	}
	if r.plan.program == "" {
		r.plan.program = r.site.options.Server
	}
	r.settings = append([]string{
		"--data-dir=" + r.dir, "--listen=127.0.0.1:0", "--log-level=warn",
		"--code-ttl=10m", "--access-token-ttl=2h", // they are made in advance
		"--device-requests=1000000000", // from one source
	}, r.plan.settings...)
	if r.plan.broker != "" {
		r.settings = append(r.settings, "--nats-url="+r.plan.broker)
	} else {
		r.settings = append(r.settings, "--nats-listen="+cmp.Or(r.plan.subscribers, "off"))
	}
	if !r.plan.relays {
		r.settings = append(r.settings, "--relay=false")
	}
	if r.plan.store == postgresStore {
		return r.settleDatabase(ctx)
	}
	return nil
}

// settleDatabase adds what the server has to know about the database.
func (r *rig) settleDatabase(ctx context.Context) (err error) {
	r.dsn, err = r.site.database(ctx)
	if err != nil {
		return err
	}
	key := filepath.Join(r.dir, "bench.key")
	err = os.WriteFile(key, []byte(masterkey.Generate().Reveal()), 0o600)
	if err != nil {
		return err
	}
	r.settings = append(r.settings, "--database-url="+r.dsn, "--master-key-file="+key)
	return nil
}

// serve starts a server. Words before the program may say how it is run.
func (r *rig) serve(ctx context.Context, words ...string) (*server, error) {
	return serve(ctx, append(words, r.plan.program), r.dir, r.settings)
}

// grants is how many grants there are to refresh.
const grants = 64 * chainsEach

// openGrants trades codes for the tokens that the rows begin with.
func (r *rig) openGrants(ctx context.Context) error {
	r.codes, r.foreign = &codes{head: r.webHead(), ids: true}, &codes{head: r.webHead(), ids: true}
	opened, err := r.open(ctx, grants, r.scope)
	if err != nil {
		return err
	}
	refresh := make([]string, len(opened))
	for i, p := range opened {
		refresh[i] = p.refresh
	}
	r.chains = deal(r.webHead(), refresh, grants/chainsEach)
	opened, err = r.open(ctx, population, r.withID())
	for _, p := range opened {
		r.seen = append(r.seen, p.access)
	}
	return err
}

// open opens grants.
func (r *rig) open(ctx context.Context, n int, scope oauth.Scope) ([]pair, error) {
	opening := &codes{head: r.webHead(), keep: true}
	err := r.world.approve(ctx, opening, n, scope)
	if err != nil {
		return nil, err
	}
	l, err := connect(ctx, []string{r.address()}, 8, opening)
	if err != nil {
		return nil, err
	}
	defer l.close()
	_, err = l.run(ctx, settleWithin)
	if err == nil && len(opening.kept) < n {
		err = fmt.Errorf("%d of %d within %s", len(opening.kept), n, settleWithin)
	}
	if err != nil {
		return nil, fmt.Errorf("trade codes for tokens: %w", err)
	}
	return opening.kept, nil
}

// withID is the scope with which an ID token comes.
func (r *rig) withID() oauth.Scope { return oauth.OpenID + " " + r.scope }

func (r *rig) address() string { return r.server.address }

// addresses are those of all servers.
func (r *rig) addresses() []string {
	all := []string{r.server.address}
	for _, s := range r.more {
		all = append(all, s.address)
	}
	return all
}

func (r *rig) webHead() string {
	return headOf(r.address(), tokenPath, basic(r.world.web.id, r.world.web.secret))
}

func (r *rig) machineHead() string {
	return headOf(r.address(), tokenPath, basic(r.world.machine.id, r.world.machine.secret))
}

func (r *rig) introspectHead() string {
	return headOf(r.address(), introspectPath, basic(r.world.web.id, r.world.web.secret))
}

func (r *rig) userinfoRequest() string { return getOf(r.address(), userinfoPath) }

// databaseCPU is the processor time of the database's own processes.
func (r *rig) databaseCPU() time.Duration {
	if r.dsn == "" {
		return 0
	}
	return r.site.databaseCPU()
}

// serverCPU is the processor time of all servers.
func (r *rig) serverCPU() time.Duration {
	sum := cpuOf(r.server.pid())
	for _, s := range r.more {
		sum += cpuOf(s.pid())
	}
	return sum
}

// counts waits until what was committed is also published, where the server does that, and gives
// what it counted.
func (r *rig) counts(ctx context.Context) (counts, error) {
	if !r.plan.relays {
		return r.server.counts(ctx)
	}
	return r.server.settle(ctx)
}

// close stops everything and takes the files away.
func (r *rig) close(ctx context.Context) error {
	var all []error
	if r.bare != nil {
		all = append(all, r.bare.stop())
	}
	if r.ground != nil {
		all = append(all, r.ground.close())
	}
	if r.world != nil {
		all = append(all, r.world.close(ctx))
	}
	for _, s := range append(r.more, r.server) {
		if s != nil {
			all = append(all, s.stop())
		}
	}
	return errors.Join(append(all, os.RemoveAll(r.dir))...)
}
