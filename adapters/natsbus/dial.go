package natsbus

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// dialWithin bounds how long a command waits for the broker.
const dialWithin = 5 * time.Second

// Dial connects to a broker that runs now, for a command that cannot do anything without it: unlike
// Connect it fails at once when the broker is away.
func Dial(o ConnectOptions) (*Broker, error) {
	b := &Broker{log: o.Log}
	err := o.open(b, func(w way) error { return w.to.dial(w.url, w.options...) })
	if err != nil {
		return nil, err
	}
	return b, nil
}

// DialEmbedded connects to the embedded broker of another process as whoever owns its data
// directory: the keys in it make a user who may do everything, in both of its accounts.
func DialEmbedded(dir, url string, log *slog.Logger) (*Broker, error) {
	if _, err := os.Stat(filepath.Join(dir, "nats", operatorKey+".seed")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("connect to the embedded broker: none has run in %s yet", dir)
	}
	keys, err := openKeyChain(dir)
	if err != nil {
		return nil, fmt.Errorf("open the broker's keys in %s: %w", dir, err)
	}
	b := &Broker{log: log}
	for _, way := range []struct {
		to      *link
		account string
	}{{&b.events, eventsAccount}, {&b.accounts, accountsAccount}} {
		token, seed, err := keys.ownUser(way.account)
		if err == nil {
			err = way.to.dial(url, nats.UserJWTAndSeed(token, seed), nats.CustomInboxPrefix(ownInbox))
		}
		if err != nil {
			b.Close()
			return nil, fmt.Errorf("connect to the embedded broker at %s: %w", url, err)
		}
	}
	return b, nil
}

func (l *link) dial(url string, options ...nats.Option) (err error) {
	l.conn, err = nats.Connect(url, append(options, nats.Name("writ command"), nats.Timeout(dialWithin))...)
	if err == nil {
		l.js, err = jetstream.New(l.conn)
	}
	return err
}
