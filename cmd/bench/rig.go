package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"writ/adapters/masterkey"
)

// The stores that are measured.
const (
	sqliteStore   = "sqlite"
	postgresStore = "postgres"
)

// rig is a server on one kind of store, with everything that is needed to measure it.
type rig struct {
	store    string
	dir      string
	database *cluster // nil: SQLite
	server   *server
	world    *world
	ground   *ground
	codes    codes
	chains   chains
	rates    map[int]float64 // of codes traded in a second, by connections
}

// startRig starts a server on a fresh store.
func startRig(ctx context.Context, o Options, store string) (*rig, error) {
	r := &rig{store: store, rates: map[int]float64{}}
	err := r.start(ctx, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", store, err), r.close(ctx))
	}
	return r, nil
}

func (r *rig) start(ctx context.Context, o Options) (err error) {
	r.dir, err = os.MkdirTemp("", "writ-bench")
	if err != nil {
		return err
	}
	settings := []string{
		"--data-dir=" + r.dir, "--listen=127.0.0.1:0", "--nats-listen=off", "--log-level=warn",
		"--code-ttl=10m", // they are made in advance
	}
	if r.store == postgresStore {
		settings, err = r.startDatabase(ctx, settings)
		if err != nil {
			return err
		}
	}
	r.server, err = serve(ctx, o.Server, r.dir, settings)
	if err != nil {
		return err
	}
	r.world, err = populate(ctx, settings, o.Scope)
	if err != nil {
		return err
	}
	r.ground, err = r.layGround(ctx)
	if err != nil {
		return err
	}
	return r.openGrants(ctx, slices.Max(o.Connections))
}

// startDatabase adds what the server has to know about the database to its settings.
func (r *rig) startDatabase(ctx context.Context, settings []string) ([]string, error) {
	var err error
	r.database, err = startCluster(ctx)
	if err != nil {
		return nil, err
	}
	key := filepath.Join(r.dir, "bench.key")
	err = os.WriteFile(key, []byte(masterkey.Generate().Reveal()), 0o600)
	if err != nil {
		return nil, err
	}
	return append(settings, "--database-url="+r.database.dsn, "--master-key-file="+key), nil
}

// layGround opens the server's database once more, for the floor.
func (r *rig) layGround(ctx context.Context) (*ground, error) {
	if r.database != nil {
		return layGround(ctx, "pgx", r.database.dsn, func() time.Duration { return ownCPU() + r.databaseCPU() })
	}
	path := filepath.Join(r.dir, "writ.db")
	return layGround(ctx, "sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)", ownCPU)
}

// openGrants trades codes for the refresh tokens that each connection begins with.
func (r *rig) openGrants(ctx context.Context, connections int) error {
	opening := &codes{keep: true}
	err := r.world.approve(ctx, opening, connections*chainsEach)
	if err != nil {
		return err
	}
	l, err := connect(ctx, r.server.address, r.webHead(), 8, opening)
	if err != nil {
		return err
	}
	defer l.close()
	_, err = l.run(ctx, settleWithin)
	if err == nil && len(opening.kept) < connections {
		err = fmt.Errorf("%d of %d within %s", len(opening.kept), connections*chainsEach, settleWithin)
	}
	if err != nil {
		return fmt.Errorf("trade codes for refresh tokens: %w", err)
	}
	r.chains = deal(opening.kept, connections)
	return nil
}

// databaseCPU is the processor time of the database's own processes.
func (r *rig) databaseCPU() time.Duration {
	if r.database == nil {
		return 0
	}
	return cpuOfFamily(r.database.pid())
}

func (r *rig) webHead() string {
	return headOf(r.server.address, tokenPath, basic(r.world.web.Client.ClientID, r.world.web.Secret))
}

func (r *rig) machineHead() string {
	return headOf(r.server.address, tokenPath, basic(r.world.machine.Client.ClientID, r.world.machine.Secret))
}

// close stops everything and takes the files away.
func (r *rig) close(ctx context.Context) error {
	var all []error
	if r.ground != nil {
		all = append(all, r.ground.close())
	}
	if r.world != nil {
		all = append(all, r.world.close(ctx))
	}
	if r.server != nil {
		all = append(all, r.server.stop())
	}
	if r.database != nil {
		all = append(all, r.database.close())
	}
	return errors.Join(append(all, os.RemoveAll(r.dir))...)
}
