package system

import (
	"time"

	"writ/ports"
)

var _ ports.Clock = Clock{}

// Clock is the machine's clock. It is safe for concurrent use.
type Clock struct{}

// NewClock gives the machine's clock.
func NewClock() Clock { return Clock{} }

// Now implements ports.Clock.
func (Clock) Now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond)
}
