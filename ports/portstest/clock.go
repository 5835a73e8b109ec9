package portstest

import (
	"testing"
	"time"

	"writ/ports"
)

// Clock is the contract of ports.Clock.
func Clock(t *testing.T, open func(t *testing.T) ports.Clock) {
	t.Run("it tells UTC in whole microseconds", func(t *testing.T) {
		clock := open(t)
		for range 1000 {
			now := clock.Now()
			if now.Location() != time.UTC {
				t.Fatalf("it is %s there", now.Location())
			}
			if !now.Equal(now.Truncate(time.Microsecond)) {
				t.Fatalf("%s is finer than a microsecond", now)
			}
			// What a store gives back has no monotonic reading, and compares with == only so.
			if now != now.Round(0) {
				t.Fatal("the time has a monotonic reading")
			}
		}
	})
}
