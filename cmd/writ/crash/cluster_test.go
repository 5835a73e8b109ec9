package crash_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const (
	brokers       = 3
	clusterRounds = 5

	documented = "../../../deploy/nats/cluster.conf" // what other teams are given
)

// TestAClusterLosesAServer kills one server of NATS after the other under load, the one that leads
// the stream first, and in the last round all of them at once.
func TestAClusterLosesAServer(t *testing.T) {
	req.Covers(t, "R-234", "R-250", "R-253")
	cluster := natstest.StartCluster(t, brokers, documented,
		"WRIT_PASSWORD=of-writ", "SUBSCRIBER_PASSWORD=of-subscribers", "ACCOUNTS_PASSWORD=of-owners", "SYSTEM_PASSWORD=of-nobody")
	s := &site{broker: natstest.As(cluster.URL, "subscriber", "of-subscribers"), servers: []*harness.Server{
		harness.Start(t, harness.Options{NATS: natstest.As(cluster.URL, "writ", "of-writ"), Env: with(map[string]string{
			"WRIT_NATS_REPLICAS": "3", "WRIT_NATS_ACCOUNTS_URL": natstest.As(cluster.URL, "writ-accounts", "of-writ"),
		})}),
	}}
	sc := newScene(t, s)
	copies := &copiedStream{cluster, s.stream(t)}
	copies.settled(t)
	for round := range clusterRounds {
		l := begin(t.Context(), s, sc.chains, sc.visitors)
		l.after(t, 1+sc.chance.IntN(400))
		victims := copies.victims(t, round)
		for _, v := range victims {
			v.Kill()
		}
		l.after(t, 300) // no answer waits for a broker
		for _, v := range victims {
			v.Restart()
		}
		l.after(t, 100)
		l.end()
		copies.settled(t)
		sc.check(t)
	}
	sc.delivered(t)
	s.verifyEvents(t)
	s.verify(t)
	s.suspendedByOwner(t, natstest.As(cluster.URL, "accounts", "of-owners"), sc.person)
}

// suspendedByOwner has the owner of the accounts suspend somebody, as the one user of the cluster who
// may, and waits until Writ says so.
func (s *site) suspendedByOwner(t *testing.T, url string, p *person) {
	t.Helper()
	connection, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	o := &owner{connection: connection, seen: s.watch(t), account: p.id}
	o.announce(t, "suspended", struct{}{})
}

// stream is that of events, as its owner sees it.
func (s *site) stream(t *testing.T) jetstream.Stream {
	t.Helper()
	js, err := jetstream.New(s.connect(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), relayWithin)
	defer cancel()
	found, err := eventually(ctx, func(ctx context.Context) (jetstream.Stream, error) {
		return js.Stream(ctx, natsbus.EventsStream)
	})
	if err != nil {
		t.Fatalf("find the stream: %v", err)
	}
	return found
}

// copiedStream is a stream of which each server of a cluster has a copy.
type copiedStream struct {
	cluster *natstest.Cluster
	stream  jetstream.Stream
}

// settled returns when somebody leads the stream and every copy is whole.
func (c *copiedStream) settled(t *testing.T) {
	t.Helper()
	harness.Until(t, "every copy of the stream is whole", func() bool {
		told, err := c.stream.Info(t.Context())
		if err != nil || told.Cluster == nil || told.Cluster.Leader == "" || len(told.Cluster.Replicas) != brokers-1 {
			return false
		}
		for _, r := range told.Cluster.Replicas {
			if !r.Current || r.Offline || r.Lag > 0 {
				return false
			}
		}
		return true
	})
}

// victims are the servers that a round kills: the stream's leader, one that follows it, or all.
func (c *copiedStream) victims(t *testing.T, round int) []*natstest.Server {
	t.Helper()
	told, err := c.stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case round == clusterRounds-1:
		return c.cluster.Servers
	case round%2 == 0:
		return []*natstest.Server{c.cluster.Named(told.Cluster.Leader)}
	default:
		return []*natstest.Server{c.cluster.Named(told.Cluster.Replicas[0].Name)}
	}
}

// verifyEvents fails the test unless what is published is what the log says, all of it.
func (s *site) verifyEvents(t *testing.T) {
	t.Helper()
	var found natsbus.Comparison
	s.of(0).Ask(&found, "verify", "--events")
	if found.Problems > 0 || found.Lag > 0 || found.Messages == 0 {
		t.Errorf("verify --events: %+v", found)
	}
	t.Logf("%d messages are what the log of %d facts says", found.Messages, found.Head)
}
