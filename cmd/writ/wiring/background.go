package wiring

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/flock"
	"go.uber.org/fx"

	"writ/application/administer"
	"writ/application/rotate"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// inBackground runs something from the start to the stop.
func inBackground(lc fx.Lifecycle, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			go func() { defer close(done); run(ctx) }()
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			select {
			case <-done:
				return nil
			case <-stop.Done():
				return stop.Err()
			}
		},
	})
}

// Lock is held by the one process that serves from a data directory.
type Lock struct{ file *flock.Flock }

// holdLock makes sure that no other process serves from the data directory, which neither the
// embedded database nor the embedded broker would survive.
func holdLock(lc fx.Lifecycle, s Settings) (*Lock, error) {
	err := s.prepare()
	if err != nil {
		return nil, fmt.Errorf("WRIT_DATA_DIR: %w", err)
	}
	l := &Lock{flock.New(s.path("serve.lock"))}
	held, err := l.file.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("WRIT_DATA_DIR: lock %s: %w", l.file.Path(), err)
	case !held:
		return nil, fmt.Errorf("WRIT_DATA_DIR: another process serves from %s", s.Dir)
	}
	lc.Append(fx.StopHook(l.file.Unlock))
	return l, nil
}

// Background is what runs beside the requests.
var Background = fx.Module("background",
	fx.Provide(holdLock, newKeys),
	fx.Invoke(func(lc fx.Lifecycle, k *keys, p ports.Purger, c ports.Clock, log *slog.Logger) {
		inBackground(lc, k.follow)
		inBackground(lc, func(ctx context.Context) { purge(ctx, p, c, log) })
	}),
)

// keys keeps this process's key ring as the log says.
type keys struct {
	uc    *rotate.SigningKeys
	feed  ports.EventFeed
	clock ports.Clock
	log   *slog.Logger
}

// idAlgs are the algorithms of ID tokens; each has a key.
var idAlgs = []oauth.SigningAlg{oauth.RS256, oauth.ES256, oauth.EdDSA}

// newKeys makes the first keys and installs those that there are, before anything is served.
func newKeys(uc *rotate.SigningKeys, clients *administer.Clients, feed ports.EventFeed, c ports.Clock, log *slog.Logger) (*keys, error) {
	ctx, cancel := context.WithTimeout(context.Background(), migrationTime)
	defer cancel()
	err := uc.Ensure(ctx, idAlgs...)
	if err != nil {
		return nil, err
	}
	_, err = uc.Install(ctx)
	if err != nil {
		return nil, err
	}
	return &keys{uc, feed, c, log}, clients.EnsureCLI(ctx)
}

// followEvery bounds how often a busy log makes the keys be looked at.
const followEvery = 5 * time.Second

// follow looks at the keys again when the log has moved, and when a key's time has come. It costs
// nothing while nothing happens.
func (k *keys) follow(ctx context.Context) {
	for ctx.Err() == nil {
		head, err := k.feed.Head(ctx)
		var again time.Time
		if err == nil {
			again, err = k.uc.Install(ctx)
		}
		if err != nil && ctx.Err() == nil {
			k.log.Error("the signing keys could not be looked at", "err", err)
		}
		pause(ctx, followEvery)
		if err == nil {
			k.wait(ctx, head, again)
		}
	}
}

func (k *keys) wait(ctx context.Context, head event.Position, again time.Time) {
	if !again.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, again.Sub(k.clock.Now()))
		defer cancel()
	}
	_ = k.feed.Wait(ctx, head) // whatever ends the wait, the keys are looked at next
}

const (
	purgeEvery = time.Hour
	purgeBatch = 500
)

// purge forgets what has served its time, in small steps.
func purge(ctx context.Context, p ports.Purger, c ports.Clock, log *slog.Logger) {
	for ctx.Err() == nil {
		n, err := p.Purge(ctx, c.Now(), purgeBatch)
		if err != nil && ctx.Err() == nil {
			log.Error("purge", "err", err)
		}
		if err != nil || n < purgeBatch {
			pause(ctx, purgeEvery)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
