package crash_test

import (
	"testing"
	"time"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// The process that relays is cut off from the database without a word: no connection is closed, and
// nobody who still answers has lost anything. The database notices that the leader is gone, and the
// other process relays.
func TestALeaderThatFallsSilentIsReplaced(t *testing.T) {
	req.Covers(t, "R-250", "R-251")
	chance := chance(t)
	address := loopback(chance)
	database := bunstoretest.StartServer(t, "-c", "listen_addresses="+address)
	s := &site{broker: natstest.Start(t).URL, database: database.DSN}
	wires := []*wire{wireTo(t, address+":5432"), wireTo(t, address+":5432")}
	key := harness.MasterKey()
	for i, name := range processNames {
		s.servers = append(s.servers, harness.Start(t, harness.Options{
			Database: "postgres://writ@" + wires[i].Address + "/postgres?sslmode=disable", NATS: s.broker,
			Env: with(map[string]string{"WRIT_MASTER_KEY": key, "PGAPPNAME": name}),
		}))
		s.awaitRelayed(t)
	}
	sc := newScene(t, s)
	leader := s.leader(t)
	left := &site{servers: []*harness.Server{s.of(1 - leader)}, broker: s.broker, database: s.database}
	sc.site = left
	seen := left.watch(t)
	l := begin(t.Context(), left, sc.chains, nil)
	l.after(t, 1+chance.IntN(100))
	wires[leader].tear(t)
	torn := time.Now()
	took := firstAfter(t, seen, torn)
	if took > takeOverTime {
		t.Errorf("the other process relays after %s, want within %s", took, takeOverTime)
	}
	t.Logf("the leader fell silent; events went on after %s", took)
	l.after(t, 100)
	l.end()
	sc.check(t)
	left.delivered(t)
	left.verifyEvents(t)
}
