package resource

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Tokens with made-up ids of keys cannot make this service flood its issuer: a fetch is earned every
// so often, and a few are saved for keys that come at an awkward time. After one that failed the next
// waits for as long.
const (
	fetchEvery   = 5 * time.Second
	savedFetches = 3
)

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
	saved  int       // fetches that may be made
	earned time.Time // when the last of them was
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

// landed is a flight that is over.
func landed(k *kept) *flight {
	f := &flight{done: make(chan struct{}), kept: k}
	close(f.done)
	return f
}

func newKeyring(o Options) *keyring {
	return &keyring{options: o, source: source{client: o.Client, issuer: o.Issuer, url: o.KeySetURL, check: o.checkURL}}
}

// get gives the keys to verify with.
func (r *keyring) get(ctx context.Context) (*keySet, error) {
	known, now := r.kept.Load(), r.options.Clock()
	switch {
	case known == nil || !now.Before(known.usable):
		return r.wait(ctx, known)
	case !now.Before(known.fresh):
		r.mu.Lock()
		_, _ = r.fetch(ctx, now, known) // beside the request, which goes on with what is known
		r.mu.Unlock()
	}
	return known.set, nil
}

// newer gives keys that were fetched after set, or set itself when too much was fetched of late. It
// is an error when there may be newer ones that cannot be fetched now.
func (r *keyring) newer(ctx context.Context, set *keySet) (*keySet, error) {
	known := r.kept.Load()
	if known.set != set {
		return known.set, nil
	}
	return r.wait(ctx, known)
}

// wait gives what is fetched after seen.
func (r *keyring) wait(ctx context.Context, seen *kept) (*keySet, error) {
	r.mu.Lock()
	f, err := r.fetch(ctx, r.options.Clock(), seen)
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

// fetch begins a fetch, unless one is under way or has come in since somebody looked and saw
// seen. It goes on when the request that began it is given up, for others may wait for it. When it
// is too early for another one, what is known stands, or the error that came last. The mutex is held.
func (r *keyring) fetch(ctx context.Context, now time.Time, seen *kept) (*flight, error) {
	if r.flight != nil {
		return r.flight, nil
	}
	if known := r.kept.Load(); known != seen {
		return landed(known), nil
	}
	if left := fetchEvery - now.Sub(r.began); r.failed != nil && left > 0 {
		return nil, unavailable(r.failed, left)
	}
	if !r.spend(now) {
		return landed(seen), nil
	}
	f := &flight{done: make(chan struct{})}
	r.flight, r.began = f, now
	go r.fly(context.WithoutCancel(ctx), f)
	return f, nil
}

// spend takes one of the fetches that may be made. The first one always may.
func (r *keyring) spend(now time.Time) bool {
	more := int(min(now.Sub(r.earned)/fetchEvery, savedFetches))
	if more > 0 {
		r.saved, r.earned = min(r.saved+more, savedFetches), now
	}
	if r.saved == 0 && r.kept.Load() != nil {
		return false
	}
	r.saved = max(r.saved-1, 0)
	return true
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
