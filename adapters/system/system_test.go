package system_test

import (
	"testing"

	"writ/adapters/system"
	"writ/ports"
	"writ/ports/portstest"
)

func TestClock(t *testing.T) {
	portstest.Clock(t, func(*testing.T) ports.Clock { return system.NewClock() })
}

func TestEntropy(t *testing.T) {
	portstest.Entropy(t, func(*testing.T) ports.Entropy { return system.NewEntropy() })
}

// Replicas of one image may have the same machine id and the same process id.
func TestReplicasHaveIDsOfTheirOwn(t *testing.T) {
	const from, to = 7, 14 // the characters that hold nothing but machine and process
	one, other := system.NewEntropy(), system.NewEntropy()
	if one.ID()[from:to] == other.ID()[from:to] {
		t.Error("two replicas name the same machine and process in their ids")
	}
	if first, second := one.ID(), one.ID(); first[from:to] != second[from:to] {
		t.Error("one replica names several processes in its ids")
	}
}
