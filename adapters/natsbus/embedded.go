package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ListenOff keeps the embedded server off the network: only this process can reach it.
const ListenOff = "off"

const (
	maxMemory      = 64 << 20
	maxStore       = 4608 << 20 // the limits of the three streams together, and room for their indexes
	maxConnections = 4096
	startWithin    = 15 * time.Second
	ownInbox       = "_WRIT_INBOX" // nobody else may subscribe to it
)

// EmbeddedOptions say where the embedded broker lives.
type EmbeddedOptions struct {
	Dir    string // the data directory: credentials and <dir>/jetstream
	Listen string // host:port for subscribers; port 0 picks one; ListenOff for none
	Log    *slog.Logger
}

// Embedded is a NATS server with JetStream inside this process. It demands credentials of
// everybody from its first start. Its directory has no lock of its own: the caller must see to it
// that one process at a time starts one.
type Embedded struct {
	server *server.Server
	keys   *keyChain
	log    *slog.Logger
}

// StartEmbedded starts the broker and returns when it takes connections. Keys and credentials that
// are not in the directory yet are made there, mode 0600. A listener address that is taken is an
// error that names WRIT_NATS_LISTEN.
func StartEmbedded(ctx context.Context, o EmbeddedOptions) (*Embedded, error) {
	keys, err := openKeyChain(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the broker's keys in %s: %w", o.Dir, err)
	}
	opts, err := serverOptions(ctx, o, keys)
	if err != nil {
		return nil, err
	}
	srv, err := runServer(opts, o.Log)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	return &Embedded{server: srv, keys: keys, log: o.Log}, nil
}

func serverOptions(ctx context.Context, o EmbeddedOptions, keys *keyChain) (*server.Options, error) {
	opts := &server.Options{
		ServerName:             "writ",
		JetStream:              true,
		StoreDir:               filepath.Join(o.Dir, "jetstream"),
		JetStreamMaxMemory:     maxMemory,
		JetStreamMaxStore:      maxStore,
		DisableJetStreamBanner: true,
		SyncInterval:           time.Second, // what a power failure may take; the default is two minutes
		MaxConn:                maxConnections,
		NoSigs:                 true,
		NoLog:                  true,
	}
	if err := keys.guard(opts); err != nil {
		return nil, err
	}
	return opts, listenOn(ctx, opts, o.Listen)
}

// listenOn sets the address. It tries it first, because the server reports a taken port only to
// its log.
func listenOn(ctx context.Context, opts *server.Options, address string) error {
	if address == ListenOff {
		opts.DontListen = true
		return nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("WRIT_NATS_LISTEN %q: %w", address, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("WRIT_NATS_LISTEN %q: port: %w", address, err)
	}
	probe, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("WRIT_NATS_LISTEN %q: %w", address, err)
	}
	opts.Host, opts.Port = host, int(number)
	if number == 0 {
		opts.Port = server.RANDOM_PORT
	}
	return probe.Close()
}

func runServer(opts *server.Options, log *slog.Logger) (*server.Server, error) {
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, err
	}
	logger := &serverLog{log: log}
	srv.SetLoggerV2(logger, false, false, false)
	srv.Start()
	if srv.ReadyForConnections(startWithin) && logger.fatal.Load() == nil {
		return srv, nil
	}
	srv.Shutdown()
	srv.WaitForShutdown()
	if fatal := logger.fatal.Load(); fatal != nil {
		return nil, errors.New(*fatal)
	}
	return nil, fmt.Errorf("it took no connection within %s", startWithin)
}

// Identity is the broker's own stable id: the public key of its operator, made with the data
// directory and kept in it.
func (e *Embedded) Identity() string { return e.keys.identity() }

// URL is where subscribers connect, or empty when the broker does not listen.
func (e *Embedded) URL() string {
	if e.server.Addr() == nil {
		return ""
	}
	return "nats://" + e.server.Addr().String()
}

// Connect gives this process its own way in, which needs no network and may do everything.
func (e *Embedded) Connect() (*Broker, error) {
	b := &Broker{log: e.log}
	for _, way := range []struct {
		to      *link
		account string
	}{{&b.events, eventsAccount}, {&b.accounts, accountsAccount}} {
		if err := e.connect(way.to, way.account); err != nil {
			b.Close()
			return nil, fmt.Errorf("connect to the embedded broker: %w", err)
		}
	}
	return b, nil
}

func (e *Embedded) connect(to *link, account string) error {
	token, seed, err := e.keys.ownUser(account)
	if err != nil {
		return err
	}
	return to.open("", e.log, nats.InProcessServer(e.server), nats.UserJWTAndSeed(token, seed),
		nats.CustomInboxPrefix(ownInbox))
}

// Stop shuts the broker down and returns when its files are closed. Connections should be closed
// before.
func (e *Embedded) Stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}
