package resource

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// fetchEvery is the shortest time from one fetch to the next, whatever asks for it: tokens with
// made-up ids of keys cannot make this service flood its issuer.
const fetchEvery = 5 * time.Second

// keyring keeps the issuer's keys, and fetches them again when they are old or when a token names
// one that is not among them. Old ones serve while the issuer is away. It is safe for concurrent
// use.
type keyring struct {
	options Options
	source  source
	kept    atomic.Pointer[kept]

	mu     sync.Mutex
	flight *flight   // under way
	began  time.Time // when the last fetch did
	failed error     // what came of it
}

// kept is a key set and how long it is good for.
type kept struct {
	set           *keySet
	etag          string
	fresh, usable time.Time // until
}

// flight is a fetch that any number of requests wait for.
type flight struct {
	done chan struct{}
	kept *kept
	err  error
}

func newKeyring(o Options) *keyring {
	return &keyring{options: o, source: source{client: o.Client, issuer: o.Issuer, url: o.KeySetURL, check: o.checkURL}}
}

// get gives the keys to verify with.
func (r *keyring) get(ctx context.Context) (*keySet, error) {
	known, now := r.kept.Load(), r.options.Clock()
	switch {
	case known == nil || !now.Before(known.usable):
		return r.wait(ctx)
	case !now.Before(known.fresh):
		r.mu.Lock()
		_, _ = r.fetch(ctx, now) // beside the request, which goes on with what is known
		r.mu.Unlock()
	}
	return known.set, nil
}

// newer gives keys that were fetched after set, or set itself when it is not older than
// fetchEvery. It is an error when there may be newer ones that cannot be fetched now.
func (r *keyring) newer(ctx context.Context, set *keySet) (*keySet, error) {
	known := r.kept.Load()
	if known.set != set {
		return known.set, nil
	}
	r.mu.Lock()
	recent := r.flight == nil && r.failed == nil && r.options.Clock().Sub(r.began) < fetchEvery
	r.mu.Unlock()
	if recent {
		return set, nil
	}
	return r.wait(ctx)
}

// wait fetches, or joins a fetch that is under way.
func (r *keyring) wait(ctx context.Context) (*keySet, error) {
	r.mu.Lock()
	f, err := r.fetch(ctx, r.options.Clock())
	r.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, unavailable(context.Cause(ctx), 0)
	}
	if f.err != nil {
		return nil, unavailable(f.err, fetchEvery)
	}
	return f.kept.set, nil
}

// fetch begins a fetch unless one is under way, or began just now: then the error is what came of
// that. It goes on when the request that began it is given up, for others may wait for it. The
// mutex is held.
func (r *keyring) fetch(ctx context.Context, now time.Time) (*flight, error) {
	if r.flight != nil {
		return r.flight, nil
	}
	if left := fetchEvery - now.Sub(r.began); left > 0 && !r.began.IsZero() {
		if known := r.kept.Load(); r.failed == nil && known != nil {
			f := &flight{done: make(chan struct{}), kept: known}
			close(f.done)
			return f, nil
		}
		return nil, unavailable(r.failed, left)
	}
	f := &flight{done: make(chan struct{})}
	r.flight, r.began = f, now
	go r.fly(context.WithoutCancel(ctx), f)
	return f, nil
}

func (r *keyring) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	f.kept, f.err = r.load(ctx, r.kept.Load())
	if f.err != nil {
		r.options.Log.Warn("the keys of the issuer cannot be fetched", "issuer", r.options.Issuer, "err", f.err)
	} else {
		r.kept.Store(f.kept)
	}
	r.mu.Lock()
	r.flight, r.failed = nil, f.err
	r.mu.Unlock()
	close(f.done)
}

// load asks for the keys and takes those that are known when they are the same.
func (r *keyring) load(ctx context.Context, known *kept) (*kept, error) {
	etag := ""
	if known != nil {
		etag = known.etag
	}
	answer, err := r.source.fetch(ctx, etag)
	if err != nil {
		return nil, err
	}
	next := &kept{etag: answer.etag}
	next.keep(answer, r.options)
	if answer.status == http.StatusNotModified {
		if known == nil {
			return nil, errors.New("the issuer says that nothing changed, and nothing was known")
		}
		next.set, next.etag = known.set, known.etag
		return next, nil
	}
	next.set, err = parseKeySet(answer.body, r.options.Log)
	if err == nil && known != nil && known.set.of == next.set.of {
		next.set = known.set // with what it remembers
	}
	return next, err
}

func (k *kept) keep(a answer, o Options) {
	now := o.Clock()
	k.fresh, k.usable = now.Add(a.lifetime), now.Add(max(a.lifetime, o.KeysLast))
}
