package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"go.uber.org/fx"

	"writ/adapters/bunstore"
	"writ/adapters/natsbus"
	"writ/application/follow"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Messaging relays the log to NATS, unless that is left to other processes, and follows the accounts
// of other services.
var Messaging = fx.Module("messaging",
	fx.Provide(openBroker, newRelay, newAccounts, newInbox),
	fx.Invoke(func(lc fx.Lifecycle, s Settings, r *natsbus.Relay, a *natsbus.Accounts) {
		if s.Relay {
			inBackground(lc, r.Run)
		}
		inBackground(lc, a.Run)
	}),
)

// brokerSetting is the name under which the store keeps which broker its events go to.
const brokerSetting = "broker"

// openBroker connects to the broker, or starts the embedded one.
func openBroker(lc fx.Lifecycle, s Settings, store *bunstore.Store, log *slog.Logger, _ *Lock) (*natsbus.Broker, error) {
	if s.NATS != "" {
		return connectBroker(lc, s, log)
	}
	return embedBroker(lc, s, store, log)
}

// connectBroker prepares to use a broker elsewhere. One that is away does not stop the start.
func connectBroker(lc fx.Lifecycle, s Settings, log *slog.Logger) (*natsbus.Broker, error) {
	b, err := natsbus.Connect(s.broker(log))
	if err != nil {
		return nil, fmt.Errorf("WRIT_NATS_URL: %w", err)
	}
	lc.Append(fx.StopHook(b.Close))
	return b, nil
}

// embedBroker starts a broker in this process, with its streams, so that the first subscriber finds
// them.
func embedBroker(lc fx.Lifecycle, s Settings, store *bunstore.Store, log *slog.Logger) (*natsbus.Broker, error) {
	ctx, cancel := context.WithTimeout(context.Background(), migrationTime)
	defer cancel()
	embedded, err := natsbus.StartEmbedded(ctx, natsbus.EmbeddedOptions{Dir: s.Dir, Listen: s.NATSListen, Log: log})
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(embedded.Stop))
	err = settleBroker(store, embedded)
	if err != nil {
		return nil, err
	}
	b, err := embedded.Connect()
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(b.Close))
	err = s.tellWhere(lc, embedded, log)
	if err != nil {
		return nil, fmt.Errorf("WRIT_DATA_DIR: %w", err)
	}
	return b, b.Prepare(ctx, natsbus.StreamOptions{Replicas: s.NATSCopies})
}

// tellWhere writes down where the broker listens, for as long as it does.
func (s Settings) tellWhere(lc fx.Lifecycle, embedded *natsbus.Embedded, log *slog.Logger) error {
	path := s.path(subscribeFile)
	forget := func() error {
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if embedded.URL() == "" {
		return forget() // what a server left that was killed
	}
	lc.Append(fx.StopHook(forget))
	log.Info("events for subscribers", "url", embedded.URL(), "credentials", s.path(natsbus.SubscriberCredentials))
	return os.WriteFile(path, []byte(embedded.URL()+"\n"), 0o600)
}

// settleBroker makes sure that all servers of one store use one broker: with embedded ones each
// would have its own, and a subscriber would miss what the others publish.
func settleBroker(store *bunstore.Store, embedded *natsbus.Embedded) error {
	ctx, cancel := context.WithTimeout(context.Background(), migrationTime)
	defer cancel()
	settled, err := store.Settle(ctx, brokerSetting, embedded.Identity())
	if err != nil {
		return fmt.Errorf("keep the broker's identity: %w", err)
	}
	if settled != embedded.Identity() {
		return errors.New("WRIT_NATS_URL: the store's events go to another embedded broker; several servers need one external NATS")
	}
	return nil
}

// relayIn is what the relay stands on.
type relayIn struct {
	fx.In
	Broker      *natsbus.Broker
	Settings    Settings
	Server      *oauth.Server
	Feed        ports.EventFeed
	Parties     ports.Parties
	Checkpoints ports.Checkpoints
	Leadership  ports.Leadership
	Clock       ports.Clock
	Log         *slog.Logger
}

func newRelay(in relayIn) *natsbus.Relay {
	return natsbus.NewRelay(in.Broker,
		natsbus.RelayPorts{
			Feed: in.Feed, Parties: in.Parties, Checkpoints: in.Checkpoints, Leadership: in.Leadership, Clock: in.Clock,
		},
		natsbus.RelayOptions{
			Issuer: in.Server.Issuer, Forms: in.Settings.Forms(),
			Streams: natsbus.StreamOptions{Replicas: in.Settings.NATSCopies}, Log: in.Log,
		})
}

// Forms are the public forms of the facts that are published.
func (s Settings) Forms() natsbus.Forms {
	if s.PublishAll == "on" {
		return natsbus.PublicForms(natsbus.IssuanceForms())
	}
	return natsbus.PublicForms()
}

func newAccounts(b *natsbus.Broker, s Settings, uc *follow.Account, log *slog.Logger) *natsbus.Accounts {
	return natsbus.NewAccounts(b, follower{uc},
		natsbus.AccountsOptions{Streams: natsbus.StreamOptions{Replicas: s.NATSCopies}, Log: log})
}

// follower gives messages to the use case, and tells refusals from outages.
type follower struct{ uc *follow.Account }

// rejection is a refusal as the bus knows it.
type rejection struct{ refusal *oauth.Error }

// Error implements error.
func (r rejection) Error() string { return r.refusal.Error() }

// Rejected implements natsbus.Rejected.
func (r rejection) Rejected() string { return r.refusal.Reason }

// errTaken is a value of an announcement that another account holds.
var errTaken = oauth.Refuse(oauth.InvalidRequest, "a handle, e-mail or phone number of the profile is another account's")

// Follow implements natsbus.Follower.
func (f follower) Follow(ctx context.Context, change natsbus.AccountChange) error {
	return judged(f.uc.Execute(ctx, commandOf(change)))
}

// Foresee implements natsbus.Foreseer.
func (f follower) Foresee(ctx context.Context, change natsbus.AccountChange) (bool, error) {
	changes, err := f.uc.Foresee(ctx, commandOf(change))
	return changes, judged(err)
}

// judged tells a refusal from an outage.
func judged(err error) error {
	var refusal *oauth.Error
	var taken *ports.TakenError
	switch {
	case errors.As(err, &taken):
		return rejection{errTaken}
	case errors.As(err, &refusal):
		return rejection{refusal}
	default:
		return err
	}
}

func commandOf(change natsbus.AccountChange) follow.AccountCommand {
	return follow.AccountCommand{
		Message: change.MessageID, Account: oauth.AccountID(change.Account),
		Announcement: announcement(change), Permissions: change.Permissions,
	}
}

func announcement(change natsbus.AccountChange) account.Announcement {
	n := account.Announcement{Sequence: change.Sequence, Deleted: change.Kind == natsbus.Deleted}
	switch change.Kind {
	case natsbus.Suspended, natsbus.Reinstated:
		suspended := change.Kind == natsbus.Suspended
		n.Suspended = &suspended
	case natsbus.ProfileChanged:
		n.Profile = profile(change.Profile)
	case natsbus.PermissionsChanged, natsbus.Deleted:
		// The command itself carries permissions; a deletion has no value.
	}
	return n
}

func profile(p *natsbus.Profile) *account.Profile {
	return &account.Profile{
		Handle: event.Personal(p.Handle), Name: event.Personal(p.Name),
		Email: event.Personal(p.Email), EmailVerified: p.EmailVerified,
		Phone: event.Personal(p.Phone), PhoneVerified: p.PhoneVerified,
	}
}
