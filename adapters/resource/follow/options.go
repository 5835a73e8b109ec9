package follow

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Options say what to listen to, and what to do with it. Issuer, and URL or Conn, are required.
type Options struct {
	// Issuer is the authorization server, as its tokens name it. Events of others are passed over.
	Issuer string

	// URL is where the broker is, nats://host:port; several are separated by commas.
	URL string
	// Credentials is a file that allows to read the stream. Empty: none are needed.
	Credentials string
	// Conn is used instead of URL and Credentials. It is not closed here, and should reconnect for
	// ever (nats.MaxReconnects(-1)).
	Conn *nats.Conn
	// Stream is where the events are. Empty: "WRIT".
	Stream string

	// Longest is how long the issuer's access tokens live at most, and so for how long a revocation
	// matters. 0: an hour. A token that lives longer is served as if the view were stale.
	Longest time.Duration
	// Permissions says what becomes of tokens whose account lost permissions. Default: Keep.
	Permissions Permissions

	// MaxStale is how old the view may be without anybody noticing. 0: 10 seconds.
	MaxStale time.Duration
	// WhenStale says what is done when it is older. Default: Serve.
	WhenStale WhenStale

	// Most bounds how many revocations are kept. 0: a million, about 200 MB. When there are more,
	// the oldest are forgotten, and the view counts as stale for as long as one of them mattered.
	Most int
	// Log is told when the broker goes and comes. Nil: slog.Default().
	Log *slog.Logger
	// Clock is the time. Nil: time.Now.
	Clock func() time.Time
}

// Permissions says what becomes of tokens whose account lost permissions.
type Permissions int

const (
	// Keep lets a token do until it expires what its scope says. The next one has less: this is
	// what the issuer promises.
	Keep Permissions = iota
	// Narrow takes from a token's scope at once what its account may not do any more.
	Narrow
)

// WhenStale says what is done with tokens while it is not known what was revoked lately.
type WhenStale int

const (
	// Serve accepts them, with Claims.Stale set: a broker that is away takes nothing down, and a
	// revoked token works until it expires. It fails open.
	Serve WhenStale = iota
	// Refuse answers 503 until the view is up to date: no token works for longer than MaxStale after
	// the issuer told of its revocation. It fails closed.
	Refuse
)

const (
	defaultStream   = "WRIT"
	defaultLongest  = time.Hour
	defaultMaxStale = 10 * time.Second
	defaultMost     = 1_000_000
)

func (o Options) complete() Options {
	if o.Stream == "" {
		o.Stream = defaultStream
	}
	if o.Longest <= 0 {
		o.Longest = defaultLongest
	}
	if o.MaxStale <= 0 {
		o.MaxStale = defaultMaxStale
	}
	if o.Most <= 0 {
		o.Most = defaultMost
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = time.Now //nolint:forbidigo // whoever uses this package has no other clock at hand
	}
	return o
}

func (o Options) check() error {
	var issuer, broker, choice error
	if o.Issuer == "" {
		issuer = errors.New("Issuer is required") //nolint:staticcheck // ST1005: the name of a field
	}
	if (o.URL == "") == (o.Conn == nil) {
		broker = errors.New("URL or Conn is required, and not both")
	}
	if o.Permissions < Keep || o.Permissions > Narrow || o.WhenStale < Serve || o.WhenStale > Refuse {
		choice = fmt.Errorf("Permissions %d and WhenStale %d are not among the choices", o.Permissions, o.WhenStale)
	}
	return errors.Join(issuer, broker, choice)
}
