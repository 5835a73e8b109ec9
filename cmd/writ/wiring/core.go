package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"writ/adapters/argon2hash"
	"writ/adapters/bunstore"
	"writ/adapters/eventsourcing"
	"writ/adapters/jwtsigner"
	"writ/adapters/masterkey"
	"writ/adapters/system"
	"writ/domain/oauth"
	"writ/ports"
)

// Core is what the command line and the server have in common: settings, clock, store, keys and
// use cases.
func Core(s Settings, log *slog.Logger) fx.Option {
	return fx.Options(
		fx.NopLogger,
		fx.Supply(s, log),
		Platform,
		Storage,
		Security,
		Application,
		Ways,
		Standing,
		Questions,
	)
}

// plays binds what is already in the cast to a role.
func plays[Role any, Actor any]() fx.Option {
	return fx.Provide(func(a Actor) (Role, error) {
		role, is := any(a).(Role)
		if !is {
			return role, fmt.Errorf("%T does not play its role", a)
		}
		return role, nil
	})
}

// Platform is what the machine gives.
var Platform = fx.Module("platform",
	fx.Provide(
		fx.Annotate(system.NewClock, fx.As(new(ports.Clock))),
		fx.Annotate(system.NewEntropy, fx.As(new(ports.Entropy))),
		Settings.Server,
	),
)

// Storage is where facts live.
var Storage = fx.Module("storage",
	fx.Provide(openStore, eventsourcing.NewLedger, eventsourcing.NewDirectory, eventsourcing.NewOversight,
		eventsourcing.NewAuditor, eventsourcing.NewRebuilder, eventsourcing.NewComparer),
	plays[ports.EventStore, *bunstore.Store](),
	plays[ports.EventFeed, *bunstore.Store](),
	plays[ports.Directory, *bunstore.Store](),
	plays[ports.Interactions, *bunstore.Store](),
	plays[ports.Polls, *bunstore.Store](),
	plays[ports.Stamps, *bunstore.Store](),
	plays[ports.Checkpoints, *bunstore.Store](),
	plays[ports.Leadership, *bunstore.Store](),
	plays[ports.Purger, *bunstore.Store](),
	plays[ports.PurgeRecord, *bunstore.Store](),
	plays[ports.Rewriter, *bunstore.Store](),
	plays[ports.Draft, *bunstore.Store](),
	plays[ports.Ledger, *eventsourcing.Ledger](),
	plays[ports.Finder, *eventsourcing.Directory](),
	plays[ports.Oversight, *eventsourcing.Oversight](),
	plays[ports.Shelf, *eventsourcing.Directory](),
)

// Security is keys, signatures and hashes.
var Security = fx.Module("security",
	fx.Provide(
		openMasterKey,
		(*masterkey.Ring).TokenKeys,
		jwtsigner.New,
		fx.Annotate(argon2hash.New, fx.As(new(ports.Passwords))),
	),
	plays[ports.Vault, *masterkey.Ring](),
	plays[ports.Digester, *masterkey.Ring](),
	plays[eventsourcing.Keeper, *masterkey.Ring](),
	plays[ports.KeyRing, *jwtsigner.Ring](),
	plays[ports.Signer, *jwtsigner.Ring](),
	plays[ports.Verifier, *jwtsigner.Ring](),
)

// migrationTime bounds how long a start waits for the store and its migrations.
const migrationTime = time.Minute

// openStore opens the store in its present shape. It is done while the cast is made, for the
// master key depends on what the store says; but not before the settings were found good.
func openStore(lc fx.Lifecycle, s Settings, log *slog.Logger, _ *oauth.Server) (*bunstore.Store, error) {
	err := s.prepare()
	if err != nil {
		return nil, fmt.Errorf("WRIT_DATA_DIR: %w", err)
	}
	store, err := s.open(log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), migrationTime)
	defer cancel()
	err = store.Migrate(ctx)
	if err != nil {
		return nil, errors.Join(named(s.storeSetting(), err), store.Close())
	}
	store.Start(context.Background())
	lc.Append(fx.StopHook(store.Close))
	return store, nil
}

func (s Settings) open(log *slog.Logger) (*bunstore.Store, error) {
	if s.Embedded() {
		return bunstore.OpenSQLite(s.path("writ.db"), log)
	}
	return bunstore.OpenPostgres(s.Database, s.DirectURL, s.Pool, log)
}

// storeSetting is the setting that says where the store is.
func (s Settings) storeSetting() string {
	if s.Embedded() {
		return "WRIT_DATA_DIR"
	}
	return "WRIT_DATABASE_URL"
}

// checkSetting is the name under which the store keeps the check value of its master key.
const checkSetting = "master_key_check"

// openMasterKey finds the master key and makes sure that it is the store's own. A key file is made
// only for a store that has never had a key.
func openMasterKey(s Settings, store *bunstore.Store) (*masterkey.Ring, error) {
	ctx, cancel := context.WithTimeout(context.Background(), migrationTime)
	defer cancel()
	check, err := store.Setting(ctx, checkSetting)
	fresh := errors.Is(err, ports.ErrNotFound)
	if err != nil && !fresh {
		return nil, fmt.Errorf("read the check value of the master key: %w", err)
	}
	ring, err := s.masterKey(fresh)
	if err != nil {
		return nil, err
	}
	if fresh {
		check, err = store.Settle(ctx, checkSetting, ring.Check())
		if err != nil {
			return nil, fmt.Errorf("keep the check value of the master key: %w", err)
		}
	}
	if !ring.Knows(check) {
		return nil, fmt.Errorf("WRIT_MASTER_KEY: the store was made with master key %s, which is not among those given (%v)",
			masterkey.CheckedKey(check), ring.IDs())
	}
	return ring, nil
}

func (s Settings) masterKey(fresh bool) (*masterkey.Ring, error) {
	switch {
	case s.MasterKey != "":
		ring, err := masterkey.Parse(oauth.Secret(s.MasterKey))
		return ring, named("WRIT_MASTER_KEY", err)
	case s.MasterFile != "":
		ring, err := masterkey.Load(s.MasterFile)
		return ring, named("WRIT_MASTER_KEY_FILE", err)
	default:
		ring, err := masterkey.LoadOrCreate(s.path("master.key"), fresh)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: the store was made with a key that is gone from there", err)
		}
		return ring, named("WRIT_MASTER_KEY", err)
	}
}

func named(setting string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", setting, err)
	}
	return nil
}
