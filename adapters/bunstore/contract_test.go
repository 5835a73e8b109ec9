package bunstore_test

import (
	"testing"

	"writ/adapters/bunstore"
	"writ/ports"
	"writ/ports/portstest"
)

func TestEventStore(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(*testing.T) *bunstore.Store) {
		portstest.EventStore(t, func(t *testing.T) ports.EventStore { return open(t) })
	})
}
