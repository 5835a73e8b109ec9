package limits

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"writ/ports"
)

var _ ports.Limits = (*Limits)(nil)

// DefaultKeys is how many keys New remembers.
const DefaultKeys = 1 << 16

// Limits blocks a key while a number of failures lie within a window. It is safe for concurrent
// use. Its memory is bounded: when there are too many keys, the one whose last failure was
// counted first is forgotten.
type Limits struct {
	most   int
	window time.Duration
	keys   int

	counted atomic.Int64 // keys in found

	mu    sync.Mutex
	found map[digest]*list.Element
	order *list.List // of *failures, the key that failed last in front
}

// digest stands for a key, so that a long key takes no more memory than a short one and no
// identifier of a person is kept.
type digest [sha256.Size]byte

// New blocks a key while most failures of it, or more, lie within the window. A most below 1
// counts as 1.
func New(most int, window time.Duration) *Limits { return NewBounded(most, window, DefaultKeys) }

// NewBounded is New with another bound on the number of keys, at least 1.
func NewBounded(most int, window time.Duration, keys int) *Limits {
	return &Limits{
		most: max(most, 1), window: window, keys: max(keys, 1),
		found: map[digest]*list.Element{}, order: list.New(),
	}
}

// Blocked implements ports.Limits. The wait is never longer than the window, whatever the clock did.
func (l *Limits) Blocked(key string, now time.Time) time.Duration {
	if l.counted.Load() == 0 {
		return 0 // nearly always nobody failed lately
	}
	d := digest(sha256.Sum256([]byte(key)))
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.found[d]
	if !ok {
		return 0
	}
	f := e.Value.(*failures)
	if !f.newest().Add(l.window).After(now) {
		l.forget(e)
		return 0
	}
	return f.wait(l.most, l.window, now)
}

// Fail implements ports.Limits.
func (l *Limits) Fail(key string, now time.Time) {
	d := digest(sha256.Sum256([]byte(key)))
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.found[d]
	if !ok {
		e = l.order.PushFront(&failures{of: d})
		l.found[d] = e
		l.counted.Add(1)
	}
	l.order.MoveToFront(e)
	e.Value.(*failures).add(now, l.most)
	if l.order.Len() > l.keys {
		l.forget(l.order.Back())
	}
}

func (l *Limits) forget(e *list.Element) {
	l.order.Remove(e)
	delete(l.found, e.Value.(*failures).of)
	l.counted.Add(-1)
}
