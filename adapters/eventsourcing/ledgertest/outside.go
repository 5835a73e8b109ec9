package ledgertest

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"writ/ports"
)

// Clock tells the time that it was set to. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

var _ ports.Clock = (*Clock)(nil)

// Now implements ports.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Entropy repeats itself in every run and never within one. It is safe for concurrent use.
type Entropy struct{ serial atomic.Uint64 }

var _ ports.Entropy = (*Entropy)(nil)

var xids = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// ID implements ports.Entropy.
func (e *Entropy) ID() string {
	return xids.EncodeToString(binary.BigEndian.AppendUint64(make([]byte, 4, 12), e.serial.Add(1)))
}

// Fill implements ports.Entropy.
func (e *Entropy) Fill(b []byte) {
	for len(b) > 0 {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, e.serial.Add(1)))
		b = b[copy(b, sum[:]):]
	}
}

// Limits blocks the keys that failed Most times. It is safe for concurrent use.
type Limits struct {
	Most int // 0: never

	mu       sync.Mutex
	failures map[string]int
}

var _ ports.Limits = (*Limits)(nil)

// Blocked implements ports.Limits.
func (l *Limits) Blocked(key string, _ time.Time) time.Duration {
	if l.Most > 0 && l.Failures(key) >= l.Most {
		return time.Minute
	}
	return 0
}

// Fail implements ports.Limits.
func (l *Limits) Fail(key string, _ time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures == nil {
		l.failures = map[string]int{}
	}
	l.failures[key]++
}

// Failures is how often key failed.
func (l *Limits) Failures(key string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failures[key]
}
