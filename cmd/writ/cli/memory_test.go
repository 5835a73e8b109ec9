package cli_test

import (
	"testing"

	"writ/cmd/writ/cli"
)

func TestHowMuchGarbageMayGather(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[uint64]int{
		0: 800, 2 * mib: 800, 8 * mib: 250, 20 * mib: 100, 40 * mib: 50, 4096 * mib: 50,
	} {
		if got := cli.GarbageFor(live); got != want {
			t.Errorf("with %d bytes alive: %d percent, want %d", live, got, want)
		}
	}
}
