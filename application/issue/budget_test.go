package issue_test

import "testing"

// budgets are how many allocations one token may cost between the handler and the store, signing
// left out, and how often the store may be asked. The race detector empties pools now and then, so
// there is a little room.
var budgets = map[string]struct {
	allocations float64
	loads       int
}{
	"client credentials":       {26, 0},
	"refresh":                  {46, 0},
	"refresh, not seen before": {45, 1},
	"code, not seen before":    {58, 1},
}

func TestATokenKeepsItsBudget(t *testing.T) {
	for name, issuance := range issuances(t) {
		want := budgets[name]
		_, err := issuance.issue(t.Context()) // fills the memory
		before := issuance.store.Loads()
		const runs = 100
		spent := testing.AllocsPerRun(runs, func() { _, err = issuance.issue(t.Context()) })
		if err != nil || spent > want.allocations {
			t.Errorf("%s: %v allocations, want at most %v: %v", name, spent, want.allocations, err)
		}
		if loads := issuance.store.Loads() - before; loads != want.loads*(runs+1) {
			t.Errorf("%s: %d loads for %d tokens", name, loads, runs+1)
		}
	}
}
