package follow

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	reconnectEvery = 250 * time.Millisecond
	pingEvery      = 5 * time.Second // so that a connection that hangs is noticed
	pingsMissing   = 2
)

// Start listens until ctx ends, and returns at once: a broker that is away is waited for, however
// long. Only options that can never work are an error.
func Start(ctx context.Context, o Options) (*View, error) {
	o = o.complete()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("follow the issuer's events: %w", err)
	}
	conn, err := o.connect()
	if err != nil {
		return nil, fmt.Errorf("follow the issuer's events: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("follow the issuer's events: %w", err)
	}
	v := newView(o)
	l := &listener{view: v, options: o, conn: conn, js: js}
	go func() {
		defer close(v.done)
		l.listen(ctx)
		if o.Conn == nil {
			conn.Close()
		}
	}()
	return v, nil
}

func (o Options) connect() (*nats.Conn, error) {
	if o.Conn != nil {
		return o.Conn, nil
	}
	options := []nats.Option{
		nats.Name("resource server of " + o.Issuer),
		nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.ReconnectWait(reconnectEvery),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsMissing),
		nats.ReconnectBufSize(-1), nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			o.Log.Warn("the broker complains", slog.Any("err", err))
		}),
	}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	return nats.Connect(o.URL, options...)
}
