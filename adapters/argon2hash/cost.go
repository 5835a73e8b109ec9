package argon2hash

import (
	"errors"
	"fmt"
)

// Cost is what one hash takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// Recommended is the second choice of the OWASP password storage cheat sheet that fits small
// machines: 19 MiB and some 20 ms.
var Recommended = Cost{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1}

// The most that a stored hash may ask for, so that an imported one cannot take the machine down.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxLanes     = 16
)

var errCost = errors.New("the cost of the hash is out of bounds")

// check refuses costs that argon2 cannot work with (RFC 9106 §3.1) or that are too high.
func (c Cost) check() error {
	fits := c.Passes >= 1 && c.Passes <= maxPasses &&
		c.Lanes >= 1 && c.Lanes <= maxLanes &&
		c.MemoryKiB >= 8*uint32(c.Lanes) && c.MemoryKiB <= maxMemoryKiB
	if !fits {
		return fmt.Errorf("%w: m=%d,t=%d,p=%d", errCost, c.MemoryKiB, c.Passes, c.Lanes)
	}
	return nil
}
