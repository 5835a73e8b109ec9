package natsbus_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/ports/portstest/req"
)

func external(t *testing.T, url string) *natsbus.Broker {
	t.Helper()
	b, err := natsbus.Connect(natsbus.ConnectOptions{URL: url, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestBrokerThatIsDownFailsNoStart(t *testing.T) {
	req.Covers(t, "R-253")
	b := external(t, "nats://"+natstest.FreeAddress(t))
	if err := b.Check(t.Context()); !errors.Is(err, natsbus.ErrAway) {
		t.Errorf("got %v", err)
	}
	l := newLog()
	l.fill(9)
	stop := run(t, newRelay(b, l, everybodyLeads{}))
	stopAccounts := run(t, natsbus.NewAccounts(b, newFollower(), natsbus.AccountsOptions{Log: quiet()}))
	stop() // and both end when they are told to
	stopAccounts()
}

func TestWrongURLIsAnError(t *testing.T) {
	if _, err := natsbus.Connect(natsbus.ConnectOptions{URL: "nats://%zz", Log: quiet()}); err == nil {
		t.Error("it was taken")
	}
}

func TestWhatWasCommittedWhileTheBrokerWasAwayIsPublished(t *testing.T) {
	req.Covers(t, "R-253", "R-234")
	s := natstest.Start(t)
	b := external(t, s.URL)
	l := newLog()
	l.fill(300)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	caughtUp(t, r, l)
	for range 3 {
		before := l.checkpointed()
		s.Kill()
		l.fill(5000)
		s.Restart()
		eventually(t, "the relay is under way", func() bool { return l.checkpointed() > before })
		s.Kill() // most likely within a batch
		l.fill(300)
		s.Restart()
		caughtUp(t, r, l)
	}
	if diff := cmp.Diff(l.public(), publishedBy(t, s)); diff != "" {
		t.Error(diff)
	}
}

// However much is committed while the broker is away, the relay holds no more of it than the batches
// that were under way.
func TestRelayKeepsNothingWhileTheBrokerIsAway(t *testing.T) {
	s := natstest.Start(t)
	b := external(t, s.URL)
	l := newLog()
	l.fill(300)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	caughtUp(t, r, l)
	s.Kill()
	eventually(t, "the relay knows that the broker is away", func() bool { return errors.Is(b.Check(t.Context()), natsbus.ErrAway) })
	before := l.taken()
	for range 50 {
		l.fill(2000)
		<-time.After(20 * time.Millisecond)
	}
	if n := l.taken() - before; n > 2*natsbus.RelayBatch {
		t.Errorf("the relay read %d facts that it cannot publish", n)
	}
	s.Restart()
	caughtUp(t, r, l)
	if diff := cmp.Diff(l.public(), publishedBy(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestAccountChangesComeBackWithTheBroker(t *testing.T) {
	s := natstest.Start(t)
	b := external(t, s.URL)
	f := newFollower()
	run(t, natsbus.NewAccounts(b, f, natsbus.AccountsOptions{Log: quiet()}))
	eventually(t, "the consumer listens", func() bool { return natsbus.Listens(t.Context(), b) })
	s.Kill()
	s.Restart()
	js := plain(t, s)
	m := change("m1", "a1", 1, natsbus.Suspended, "{}")
	if _, err := js.Publish(t.Context(), m.subject, []byte(m.body)); err != nil {
		t.Fatal(err)
	}
	f.wait(t, 1)
}

func TestStreamOfTheBrokersOwnerStaysAsItIs(t *testing.T) {
	s := natstest.Start(t)
	js := plain(t, s)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: natsbus.EventsStream, Subjects: []string{"writ.events.>"}, MaxMsgs: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := external(t, s.URL)
	l := newLog()
	l.fill(3)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	caughtUp(t, r, l)
	stream, err := js.Stream(t.Context(), natsbus.EventsStream)
	if err != nil || stream.CachedInfo().Config.MaxMsgs != 1000 {
		t.Errorf("%v, %+v", err, stream.CachedInfo().Config)
	}
}

func plain(t *testing.T, s *natstest.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func publishedBy(t *testing.T, s *natstest.Server) []string {
	t.Helper()
	js := plain(t, s)
	c, err := js.OrderedConsumer(t.Context(), natsbus.EventsStream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	messages, err := c.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Stop()
	for range count(t, js) {
		m, err := messages.Next(jetstream.NextContext(context.WithoutCancel(t.Context())))
		if err != nil {
			t.Fatal(err)
		}
		var ce struct{ ID string }
		if err := errors.Join(natstest.Check(m), json.Unmarshal(m.Data(), &ce)); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ce.ID)
	}
	return ids
}

func TestOldBrokersAreRefused(t *testing.T) {
	for version, want := range map[string]bool{
		"2.11.0": true, "2.12.3-dev": true, "3.0.0": true, "2.15": true,
		"2.10.29": false, "2.9.10": false, "1.99.0": false, "": false, "two.eleven.0": false,
	} {
		if got := natsbus.NewEnough(version); got != want {
			t.Errorf("%q: %t", version, got)
		}
	}
}

func TestCredentialsOfAnExternalBroker(t *testing.T) {
	e, _, dir := embedded(t)
	for name, tc := range map[string]struct {
		file string
		fits bool
	}{
		"right":  {natsbus.OwnCredentials(t, e), true},
		"absent": {filepath.Join(dir, "absent.creds"), false},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := natsbus.Connect(natsbus.ConnectOptions{URL: e.URL(), Credentials: tc.file, Log: quiet()})
			if err == nil {
				defer b.Close()
				err = b.Check(t.Context())
			}
			if (err == nil) != tc.fits {
				t.Errorf("got %v", err)
			}
		})
	}
}
