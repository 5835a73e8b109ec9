package issue_test

import "testing"

// budgets are how many allocations one token may cost between the handler and the store, signing
// left out, and how often the store may be asked. The race detector empties pools now and then, so
// there is a little room.
var budgets = map[string]struct {
	allocations float64
	loads       int
}{
	"client credentials": {28, 0},
	"refresh":            {47, 1},
	"code":               {57, 1},
}

func TestATokenKeepsItsBudget(t *testing.T) {
	c := newCounter(t)
	for name, issuance := range c.issuances() {
		want := budgets[name]
		_, err := issuance(t.Context()) // fills the memory
		before := c.store.Loads()
		const runs = 100
		spent := testing.AllocsPerRun(runs, func() { _, err = issuance(t.Context()) })
		if err != nil || spent > want.allocations {
			t.Errorf("%s: %v allocations, want at most %v: %v", name, spent, want.allocations, err)
		}
		if loads := c.store.Loads() - before; loads != want.loads*(runs+1) {
			t.Errorf("%s: %d loads for %d tokens", name, loads, runs+1)
		}
	}
}
