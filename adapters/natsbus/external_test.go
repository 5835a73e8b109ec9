package natsbus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
)

// documented is the configuration that other teams are given.
const documented = "../../deploy/nats/writ.conf"

// fortress is a server with that configuration, some events, and everything that runs in front of it.
type fortress struct {
	server *natstest.Server
	log    *log
	follow *follower
}

func newFortress(t *testing.T) fortress {
	t.Helper()
	var env []string
	for _, user := range []string{"WRIT", "SUBSCRIBER", "ACCOUNTS", "SYSTEM"} {
		env = append(env, user+"_PASSWORD="+passwordOf(strings.ToLower(user)))
	}
	f := fortress{natstest.StartWith(t, documented, env...), newLog(), newFollower()}
	b, err := natsbus.Connect(natsbus.ConnectOptions{
		URL: f.url("writ", "writ"), AccountsURL: f.url("writ-accounts", "writ"), Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	f.log.fill(9)
	relay := newRelay(b, f.log, everybodyLeads{})
	run(t, relay)
	run(t, natsbus.NewAccounts(b, f.follow, natsbus.AccountsOptions{Log: quiet()}))
	caughtUp(t, relay, f.log)
	eventually(t, "the consumer listens", func() bool { return natsbus.Listens(t.Context(), b) })
	return f
}

func passwordOf(owner string) string { return "of-" + owner }

func (f fortress) url(user, owner string) string {
	return natstest.As(f.server.URL, user, passwordOf(owner))
}

func (f fortress) as(t *testing.T, user string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect(f.url(user, user), nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

func TestTheDocumentedServerLetsEachDoTheirs(t *testing.T) {
	f := newFortress(t)
	if nc, err := nats.Connect(f.server.URL); err == nil {
		nc.Close()
		t.Error("somebody came in without a password")
	}
	nc, js := f.as(t, "subscriber")
	t.Run("subscribers change nothing", func(t *testing.T) { refuses(t, subscribersAttempts(nc, js)) })
	t.Run("consumers deliver nowhere", func(t *testing.T) { f.deliversNowhere(t, nc) })
	ownerConn, owner := f.as(t, "accounts")
	t.Run("owners of accounts read nothing", func(t *testing.T) { refuses(t, ownersAttempts(ownerConn, owner)) })
	t.Run("owners tell of accounts", func(t *testing.T) {
		m := change("m1", "account1", 1, natsbus.Suspended, "{}")
		if _, err := owner.Publish(t.Context(), m.subject, []byte(m.body)); err != nil {
			t.Fatal(err)
		}
		f.follow.wait(t, 1)
		if diff := cmp.Diff([]string{"m1"}, f.follow.ids()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("subscribers read every event", func(t *testing.T) {
		c, err := js.OrderedConsumer(t.Context(), natsbus.EventsStream, jetstream.OrderedConsumerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for range f.log.public() {
			if _, err := c.Next(jetstream.FetchMaxWait(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	})
	found, err := natsbus.Compare(t.Context(),
		natsbus.ComparePorts{Feed: f.log, Parties: register{}, Checkpoints: f.log},
		natsbus.CompareOptions{URL: f.url("subscriber", "subscriber"), Issuer: issuer, Forms: thingForms()})
	if err != nil || found.Problems > 0 || found.Messages != len(f.log.public()) {
		t.Errorf("got %+v, %v", found, err)
	}
}

// deliversNowhere lets consumers deliver where their owner may not publish.
func (f fortress) deliversNowhere(t *testing.T, nc *nats.Conn) {
	deliverAstray(t, nc)
	f.log.fill(3)
	eventually(t, "the next events are published", func() bool { return f.log.checkpointed() == 12 })
}
