package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"go.uber.org/fx"

	"writ/adapters/bunstore"
	"writ/adapters/httpapi"
	"writ/adapters/httpapi/pages"
	"writ/adapters/httpapi/visitor"
	"writ/adapters/limits"
	"writ/adapters/metrics"
	"writ/adapters/natsbus"
	"writ/application/authorize"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Server is everything that serves. The address is taken first of all, because the issuer follows
// its port.
func Server(s Settings, log *slog.Logger, version string) fx.Option {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.Listen)
	if err != nil {
		return fx.Options(fx.NopLogger, fx.Error(fmt.Errorf("WRIT_LISTEN: %w", err)))
	}
	s.Listen = listener.Addr().String()
	return fx.Options(
		Core(s, log),
		Proofs,
		Messaging,
		Background,
		HTTP,
		fx.Supply(fx.Annotate(listener, fx.As(new(net.Listener)))),
		fx.Provide(func() *metrics.Metrics { return metrics.New(version) }),
	)
}

// HTTP is every endpoint and page, and their listener.
var HTTP = fx.Module("http",
	fx.Provide(newGate, newPages, newHandler, newServed, failures, devices, newStopping),
	fx.Invoke(func(*Lock) {}, measure, listen),
)

// Served says what is served where.
type Served struct {
	Issuer  string
	Address string
}

func newServed(s *oauth.Server, l net.Listener) *Served {
	return &Served{Issuer: s.Issuer, Address: l.Addr().String()}
}

// failed counts failures of client authentication.
type failed struct{ ports.Limits }

// failures lets a client be wrong 20 times a minute from one source.
func failures() failed { return failed{limits.New(20, time.Minute)} }

// started counts device authorization requests.
type started struct{ ports.Limits }

// devices lets a client begin so many requests a minute from one source.
func devices(s Settings) started { return started{limits.New(s.DeviceRequests, time.Minute)} }

func newGate(server *oauth.Server, recognise *signin.Recognise, digests ports.Digester) (*visitor.Gate, error) {
	issuer, err := url.Parse(server.Issuer)
	if err != nil {
		return nil, err
	}
	key := digests.Digests("forms", "csrf")[0]
	return visitor.NewGate(recognise, visitor.CookieFor(issuer), [32]byte(key)), nil
}

// pagesIn is what the pages call.
type pagesIn struct {
	fx.In
	Server   *oauth.Server
	Gate     *visitor.Gate
	Password *signin.Password
	Leave    *signin.Leave
	Consent  *authorize.Consent
	Device   *authorize.DeviceConsent
	Grants   *review.Grants
	Revoke   *revoke.Grant
	Clock    ports.Clock
	Proofs   proofsIn
	Ways     waysIn
	Standing accountIn
}

func newPages(s Settings, in pagesIn) (*pages.Pages, error) {
	issuer, err := url.Parse(in.Server.Issuer)
	if err != nil {
		return nil, err
	}
	var m mistakes // the settings were checked before
	config := pages.Config{
		Issuer: issuer, Brand: s.brand(&m), BuiltIn: in.Server.CLIClient, Clock: in.Clock, Passkeys: isName(issuer.Hostname()),
	}
	if s.LoginURL != "" {
		config.LoginURL, err = url.Parse(s.LoginURL)
		if err != nil {
			return nil, fmt.Errorf("WRIT_LOGIN_URL: %w", err)
		}
	}
	return pages.New(config, in.Gate, in.verbs()), nil
}

func (in pagesIn) verbs() pages.Verbs {
	p := in.Proofs
	return pages.Verbs{
		Password: in.Password, Leave: in.Leave, Consent: in.Consent, Device: in.Device,
		Grants: in.Grants, Revoke: in.Revoke,
		EmailStart: p.EmailStart, EmailFinish: p.EmailFinish, PhoneStart: p.PhoneStart, PhoneFinish: p.PhoneFinish,
		SignUp: p.SignUp, SignUpFinish: p.SignUpFinish, ResetStart: p.ResetStart, ResetFinish: p.ResetFinish,
		ContactStart: p.ContactStart, ContactFinish: p.ContactFinish, Contacts: p.Contacts,
		Passkeys: in.Ways.OwnPasskeys, Keys: in.Ways.OwnKeys, Profile: in.Standing.Profile, Sessions: in.Standing.Sessions,
		Erasure: in.Standing.Erasure, PasswordChange: in.Standing.Password,
		Upstreams: in.Ways.UpstreamBegin, Identities: in.Ways.OwnIdentities,
	}
}

// isName reports whether a host is a name: passkeys are made for nothing else (WebAuthn §5.4.2).
func isName(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil
}

// rolesIn is who plays for the endpoints.
type rolesIn struct {
	fx.In
	Gate     *visitor.Gate
	Pages    *pages.Pages
	Keys     ports.KeyRing
	Failures failed
	Devices  started
	Clock    ports.Clock
	Entropy  ports.Entropy
	Metrics  *metrics.Metrics
	Log      *slog.Logger
	Store    *bunstore.Store
	Inbox    ports.Inbox
	Stopping stopping
	Made     *keys // before anything is served
}

// readyWithin bounds how long the store may take to say that it is there.
const readyWithin = 2 * time.Second

func newHandler(s Settings, server *oauth.Server, uc httpapiIn, in rolesIn) (http.Handler, error) {
	return httpapi.New(
		httpapi.Config{
			Server: server, LoginURL: s.LoginURL, ConsentURL: s.ConsentURL, VerificationURI: s.DeviceURL,
			WebOrigins: s.WebOrigins, TrustedProxies: s.Proxies, AsyncAPI: natsbus.AsyncAPI,
		},
		uc.useCases(),
		httpapi.Roles{
			Gate: in.Gate, Pages: in.Pages, Keys: in.Keys, Failures: in.Failures, Devices: in.Devices, Clock: in.Clock,
			Entropy: in.Entropy, Observer: in.Metrics, Log: in.Log, Inbox: in.Inbox, Stopping: in.Stopping,
			Ready: func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, readyWithin)
				defer cancel()
				_, err := in.Store.Head(ctx)
				return err
			},
		})
}

// The limits of a connection: who is slower than that is no client.
const (
	headerWithin = 5 * time.Second
	readWithin   = 15 * time.Second
	writeWithin  = 30 * time.Second
	idleWithin   = 2 * time.Minute
	headerBytes  = 32 << 10
)

// listen serves from the start to the stop. Requests that run when the stop comes are finished.
func listen(lc fx.Lifecycle, s Settings, l net.Listener, h http.Handler, m *metrics.Metrics, end stopping, log *slog.Logger) {
	server := &http.Server{
		Handler:           withMetrics(h, m.Handler()),
		ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: headerBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(func() { close(end) })
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				err := server.Serve(l)
				if !errors.Is(err, http.ErrServerClosed) {
					log.Error("the listener ended", "err", err)
				}
			}()
			return os.WriteFile(s.path(listenFile), []byte(l.Addr().String()+"\n"), 0o600)
		},
		OnStop: func(ctx context.Context) error {
			return errors.Join(os.Remove(s.path(listenFile)), server.Shutdown(ctx))
		},
	})
}

// withMetrics shows the metrics to whoever is on this machine itself. A request that a proxy
// forwarded comes from elsewhere.
func withMetrics(h, shown http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" && fromHere(r) {
			shown.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func fromHere(r *http.Request) bool {
	for _, forwarded := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// measureWithin bounds how long a scrape waits for the store.
const measureWithin = 2 * time.Second

// measure shows what the store and the relay count.
func measure(m *metrics.Metrics, store *bunstore.Store, relay *natsbus.Relay) {
	stat := func(pick func(bunstore.Stats) int64) func() float64 {
		return func() float64 { return float64(pick(store.Stats())) }
	}
	m.Counter("writ_store_commits_total", "Transactions that wrote the log.",
		stat(func(s bunstore.Stats) int64 { return s.Commits }))
	m.Counter("writ_store_batched_total", "Decisions that these transactions carried.",
		stat(func(s bunstore.Stats) int64 { return s.Batched }))
	m.Gauge("writ_store_largest_batch", "Decisions in the largest transaction.",
		stat(func(s bunstore.Stats) int64 { return s.LargestSize }))
	m.Counter("writ_store_load_queries_total", "Queries that loads shared.",
		stat(func(s bunstore.Stats) int64 { return s.LoadQueries }))
	m.Counter("writ_store_loads_total", "Loads that these queries answered.",
		stat(func(s bunstore.Stats) int64 { return s.LoadsServed }))
	m.Counter("writ_store_round_trips_total", "Exchanges with the database on the issue path.",
		stat(func(s bunstore.Stats) int64 { return s.RoundTrips }))
	lag := func(pick func(natsbus.Lag) float64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), measureWithin)
			defer cancel()
			l, err := relay.Lag(ctx)
			if err != nil {
				return -1
			}
			return pick(l)
		}
	}
	m.Gauge("writ_relay_lag_events", "Facts that are not relayed yet; -1 when it is not known.",
		lag(func(l natsbus.Lag) float64 { return float64(l.Head - l.Relayed) }))
	m.Gauge("writ_relay_lag_seconds", "Age of the oldest fact that is not relayed; -1 when it is not known.",
		lag(func(l natsbus.Lag) float64 { return l.Age.Seconds() }))
}
