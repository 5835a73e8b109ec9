package follow

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"writ/adapters/resource"
)

var _ resource.Standing = (*View)(nil)

// ErrStale says that it is not known what was revoked lately.
var ErrStale = errors.New("what was revoked lately is not known")

// Never is the staleness of a view that was never up to date.
const Never = time.Duration(math.MaxInt64)

// slack is for how much longer than a token lives its revocation is kept: clocks differ, and
// services grant some leeway.
const slack = time.Minute

// View is what is known to be revoked. It plays resource.Standing, and is safe for concurrent use.
type View struct {
	options Options
	ready   chan struct{} // closed when the view was first up to date
	done    chan struct{} // closed when nothing is heard any more

	mu      sync.RWMutex
	marks   map[about]mark
	expiry  []due     // in the order of the stream, so that the front is what is forgotten first
	current time.Time // when the view was last known to be up to date; zero: never
	blind   time.Time // until when something that matters is known to be missing
}

func newView(o Options) *View {
	return &View{options: o, ready: make(chan struct{}), done: make(chan struct{}), marks: map[about]mark{}}
}

// about is what a mark is on.
type about struct {
	what matter
	id   string
}

type matter byte

const (
	aGrant matter = iota
	anAccount
	aClient
	aToken
	aKey
	permissionsOf
)

// mark is what happened to something.
type mark struct {
	why     string
	issued  time.Time // tokens issued until then are refused; zero: all are
	until   time.Time // when no token is left that it matters to
	allowed []string  // of permissionsOf
}

type due struct {
	about about
	until time.Time
}

// Ready is closed when the view has heard everything for the first time. Until then it is stale.
func (v *View) Ready() <-chan struct{} { return v.ready }

// Done is closed when the context of Start has ended and nothing is heard any more.
func (v *View) Done() <-chan struct{} { return v.done }

// Size is how many revocations are kept now.
func (v *View) Size() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.marks)
}

// Staleness is how long ago the view was last known to be up to date, or Never. While the broker
// is there it stays below about a second, for the broker says so when there is nothing to say.
func (v *View) Staleness() time.Duration {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.staleness(v.options.Clock())
}

func (v *View) staleness(now time.Time) time.Duration {
	if v.current.IsZero() || now.Before(v.blind) {
		return Never
	}
	return max(now.Sub(v.current), 0)
}

// Check implements resource.Standing.
func (v *View) Check(c resource.Claims) (resource.Claims, error) {
	now := v.options.Clock()
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, on := range [...]about{
		{aGrant, c.Grant}, {anAccount, c.Subject}, {aClient, c.Client}, {aToken, c.ID}, {aKey, c.KeyID},
	} {
		if m, is := v.marks[on]; is && m.meets(c) {
			return c, fmt.Errorf("%w: %s", resource.ErrRevoked, m.why)
		}
	}
	if m, is := v.marks[about{permissionsOf, c.Subject}]; is && m.meets(c) {
		c.Scope = m.narrow(c.Scope)
	}
	return v.doubt(c, now)
}

// meets reports whether a token was issued before what happened. The time in a token has no
// fractions, so one of the same second counts as older.
func (m mark) meets(c resource.Claims) bool { return m.issued.IsZero() || !c.IssuedAt.After(m.issued) }

// administrator is the permission of Writ that stands for every other one.
const administrator = "ADMINISTRATOR"

// narrow leaves of a scope what the account may do and what is no permission.
func (m mark) narrow(scope []string) []string {
	var left []string
	all := slices.Contains(m.allowed, administrator)
	for _, s := range scope {
		if all || slices.Contains(m.allowed, s) || !resource.IsPermission(s) {
			left = append(left, s)
		}
	}
	return left
}

// doubt does what was chosen when a revocation of this token may not have been heard.
func (v *View) doubt(c resource.Claims, now time.Time) (resource.Claims, error) {
	old := v.staleness(now)
	outlives := c.Expires.Sub(c.IssuedAt) > v.options.Longest
	if old <= v.options.MaxStale && !outlives {
		return c, nil
	}
	c.Stale = true
	switch {
	case v.options.WhenStale == Serve:
		return c, nil
	case outlives:
		return c, fmt.Errorf("%w: the token lives for longer than Options.Longest, %s", ErrStale, v.options.Longest)
	case old == Never:
		return c, fmt.Errorf("%w: not everything was heard yet", ErrStale)
	default:
		return c, fmt.Errorf("%w: nothing was heard for %s", ErrStale, old.Round(time.Second))
	}
}

// heard notes that the view was up to date at a time.
func (v *View) heard(at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	first := v.current.IsZero()
	if at.After(v.current) {
		v.current = at
	}
	if first {
		close(v.ready)
	}
}

// missed notes that something was not heard which matters until a time.
func (v *View) missed(until time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if until.After(v.blind) {
		v.blind = until
	}
}

// set marks something, from when it happened for as long as it matters. What is old enough to be
// forgotten, now, is.
func (v *View) set(on about, m mark, happened time.Time) {
	now := v.options.Clock()
	m.until = happened.Add(v.options.Longest + slack)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget(now)
	if !m.until.After(now) {
		return
	}
	v.marks[on] = m
	v.expiry = append(v.expiry, due{on, m.until})
}

// lift takes a mark away.
func (v *View) lift(on about) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.marks, on)
}

// forget drops what no token is left for, and the oldest of what is too much.
func (v *View) forget(now time.Time) {
	for len(v.expiry) > 0 {
		next := v.expiry[0]
		overdue := !next.until.After(now)
		if !overdue && len(v.expiry) < v.options.Most {
			return
		}
		v.expiry[0] = due{}
		v.expiry = v.expiry[1:]
		m, is := v.marks[next.about]
		if !is || m.until.After(next.until) { // lifted, or marked again later
			continue
		}
		delete(v.marks, next.about)
		if !overdue && next.until.After(v.blind) {
			v.blind = next.until
		}
	}
}
