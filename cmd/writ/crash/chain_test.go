package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

// chain is a client that refreshes again and again, always with the last token that it received.
// It is used by one goroutine at a time.
type chain struct {
	name     string
	client   *client
	forgiven bool // the server repeats answers that were lost
	patient  bool // an outage is as good as no answer
	grant    string
	held     string
	received uint32 // generations that answers have brought
	unsure   bool   // the last request got no answer
	spent    bool   // and then the token turned out to be spent
	odd      error  // an answer that nobody should get
}

// newChains makes chains of two clients, two and two: the lost answers of one are forgiven for longer
// than a restart takes, those of the other never.
func newChains(t *testing.T, s *site, p *person, count int) []*chain {
	t.Helper()
	strict := newClient(t, s.createClient(t, "Strict"))
	forgiven := newClient(t, s.createClient(t, "Forgiven", "--reuse-window", "5m"))
	all := make([]*chain, count)
	for i := range all {
		all[i] = &chain{name: fmt.Sprintf("strict chain %d", i), client: strict}
		if i%4 >= 2 {
			all[i] = &chain{name: fmt.Sprintf("forgiven chain %d", i), client: forgiven, forgiven: true}
		}
		all[i].begin(t, s, p)
	}
	return all
}

// begin makes the chain hold the first token of a fresh grant.
func (c *chain) begin(t *testing.T, s *site, p *person) {
	t.Helper()
	code, err := p.authorize(t.Context(), s.of(0), c.client.id, scope)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	a, err := c.client.redeem(t.Context(), s.of(0), code)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("%s: redeem a code: %v %v", c.name, a, err)
	}
	*c = chain{name: c.name, client: c.client, forgiven: c.forgiven, patient: c.patient, grant: grantOf(a.Access), held: a.Refresh}
}

// step refreshes once and reports whether tokens came. A chain that waited in vain for an answer
// may be told that its token is spent, unless such things are forgiven.
func (c *chain) step(ctx context.Context, at *harness.Server) bool {
	a, err := c.client.refresh(ctx, at, c.held)
	switch {
	case err != nil, c.patient && a.Status == http.StatusServiceUnavailable:
		c.unsure = true
		return false
	case a.Status == http.StatusOK && a.Refresh != "" && a.Refresh != c.held:
		c.held, c.unsure = a.Refresh, false
		c.received++
		return true
	case a.String() == "400 invalid_grant" && c.unsure && !c.forgiven:
		c.spent = true
		return false
	default:
		c.odd = fmt.Errorf("%s: generation %d (an answer is missing: %t) is answered %v", c.name, c.received, c.unsure, a)
		return false
	}
}

// goesOn reports whether the chain has a use for another step.
func (c *chain) goesOn() bool { return !c.spent && c.odd == nil }

// check holds what the chain received against the log: generations without a gap or a repetition,
// none missing that was received, and none beyond but for one whose answer never came.
func (c *chain) check(t *testing.T, log map[string][]fact) {
	t.Helper()
	if c.odd != nil {
		t.Error(c.odd)
	}
	committed, excused := c.committed(t, log), c.unsure || c.spent
	switch {
	case committed == c.received && !c.spent:
	case committed == c.received+1 && excused:
	default:
		t.Errorf("%s received %d generations and the log has %d (an answer is missing: %t, the token was spent: %t)",
			c.name, c.received, committed, c.unsure, c.spent)
	}
	revoked := slices.Contains(names(log["grant/"+c.grant]), "revoked")
	if revoked != c.spent {
		t.Errorf("%s: its grant is revoked: %t, its token was spent: %t", c.name, revoked, c.spent)
	}
}

// committed counts the generations in the log, and fails the test unless each is there once.
func (c *chain) committed(t *testing.T, log map[string][]fact) (last uint32) {
	t.Helper()
	for _, f := range log["grant/"+c.grant] {
		if f.Name != "refreshed" {
			continue
		}
		var refreshed struct {
			Generation uint32 `json:"gen"`
		}
		if err := json.Unmarshal(f.Data, &refreshed); err != nil {
			t.Fatal(err)
		}
		if refreshed.Generation != last+1 {
			t.Errorf("%s: generation %d follows %d in the log", c.name, refreshed.Generation, last)
		}
		last = refreshed.Generation
	}
	return last
}
