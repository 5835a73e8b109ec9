package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrAway says that the broker cannot be reached now. It says nothing about what it holds.
var ErrAway = errors.New("the broker is away")

const (
	reconnectEvery = 250 * time.Millisecond
	publishWithin  = 5 * time.Second
	maxInFlight    = 4 * relayBatch
)

// oldest broker that knows all that the streams need; older ones ignore fields silently.
const oldestMajor, oldestMinor = 2, 11

// Broker is where messages go to and come from. It reconnects for ever, and everything built on it
// takes a broker that is away as a reason to wait. It is safe for concurrent use.
type Broker struct {
	events, accounts link
	log              *slog.Logger
}

// link is one connection with JetStream on it.
type link struct {
	conn *nats.Conn
	js   jetstream.JetStream
}

// ConnectOptions say how an external broker is reached.
type ConnectOptions struct {
	URL         string // nats://…, several separated by commas
	Credentials string // a file of credentials, or empty
	Log         *slog.Logger

	// Account changes may be in a NATS account of their own. Where both are empty, they are where the
	// events are.
	AccountsURL         string
	AccountsCredentials string
}

// way is how one of the connections is made.
type way struct {
	to      *link
	url     string
	options []nats.Option
}

// open makes the connections of a broker, one or two. Nobody else may listen to what is delivered to
// Writ itself, so it has an inbox of another name.
func (o ConnectOptions) open(b *Broker, dial func(way) error) error {
	ways := []way{{&b.events, o.URL, authentication(o.Credentials)}}
	apart := o.AccountsURL != "" || o.AccountsCredentials != ""
	if apart {
		ways = append(ways, way{&b.accounts, cmp.Or(o.AccountsURL, o.URL), authentication(cmp.Or(o.AccountsCredentials, o.Credentials))})
	}
	for _, w := range ways {
		if err := dial(w); err != nil {
			b.Close()
			return fmt.Errorf("connect to NATS: %w", err)
		}
	}
	if !apart {
		b.accounts = b.events
	}
	return nil
}

func authentication(credentials string) []nats.Option {
	options := []nats.Option{nats.CustomInboxPrefix(ownInbox)}
	if credentials != "" {
		options = append(options, nats.UserCredentials(credentials))
	}
	return options
}

// Connect prepares the connection to an external broker and returns without waiting for it: a
// broker that is down fails nothing here. Only options that can never work are an error.
func Connect(o ConnectOptions) (*Broker, error) {
	b := &Broker{log: o.Log}
	err := o.open(b, func(w way) error { return w.to.open(w.url, o.Log, w.options...) })
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (l *link) open(url string, log *slog.Logger, options ...nats.Option) (err error) {
	options = append(options,
		nats.Name("writ"),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(reconnectEvery),
		// What cannot be sent now is sent again from the log, so nothing is kept in memory.
		nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the broker went away", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the broker is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("the broker complains", "err", err)
		}),
	)
	if l.conn, err = nats.Connect(url, options...); err != nil {
		return err
	}
	l.js, err = jetstream.New(l.conn,
		jetstream.WithPublishAsyncMaxPending(maxInFlight),
		jetstream.WithPublishAsyncTimeout(publishWithin))
	return err
}

// Check returns nil when the broker is there and new enough, ErrAway when it is not there.
func (b *Broker) Check(ctx context.Context) error {
	if err := b.events.usable(); err != nil {
		return err
	}
	if _, err := b.events.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("ask the broker for JetStream: %w", err)
	}
	return nil
}

// usable reports whether the broker is connected and new enough.
func (l *link) usable() error {
	if !l.conn.IsConnected() {
		return ErrAway
	}
	version := l.conn.ConnectedServerVersion()
	if version == "" { // it went away since
		return ErrAway
	}
	if !newEnough(version) {
		return fmt.Errorf("the broker is version %s: %d.%d or newer is needed", version, oldestMajor, oldestMinor)
	}
	return nil
}

func newEnough(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	major, err := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	if err != nil || errMinor != nil {
		return false
	}
	return major > oldestMajor || major == oldestMajor && minor >= oldestMinor
}

// Close ends the connections. What uses the broker must have ended before.
func (b *Broker) Close() {
	for _, l := range []link{b.events, b.accounts} {
		if l.conn != nil && !l.conn.IsClosed() {
			l.conn.Close()
		}
	}
}
