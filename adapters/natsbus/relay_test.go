package natsbus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

func newRelay(b *natsbus.Broker, l *log, lead ports.Leadership) *natsbus.Relay {
	return natsbus.NewRelay(b,
		natsbus.RelayPorts{Feed: l, Parties: register{}, Checkpoints: l, Leadership: lead, Clock: stopped{noon.Add(time.Minute)}},
		natsbus.RelayOptions{Issuer: "https://writ.test", Forms: thingForms(), Log: quiet()})
}

// run runs a relay until the function that it returns is called.
func run(t *testing.T, r interface{ Run(context.Context) }) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { r.Run(ctx) })
	stop = func() { cancel(); ended.Wait() }
	t.Cleanup(stop)
	return stop
}

// published reads ids out of the stream, in its order.
func published(t *testing.T, e *natsbus.Embedded, dir string) []string {
	t.Helper()
	var ids []string
	for _, m := range messages(t, e, dir) {
		var ce struct{ ID string }
		if err := json.Unmarshal(m.Data(), &ce); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ce.ID)
	}
	return ids
}

func messages(t *testing.T, e *natsbus.Embedded, dir string) []jetstream.Msg {
	t.Helper()
	_, js := subscriber(t, e, dir)
	c, err := js.OrderedConsumer(t.Context(), natsbus.EventsStream, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	left := count(t, js)
	batch, err := c.Fetch(int(left), jetstream.FetchMaxWait(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	var all []jetstream.Msg
	for m := range batch.Messages() {
		if err := natstest.Check(m); err != nil {
			t.Error(err)
		}
		all = append(all, m)
	}
	return all
}

func count(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), natsbus.EventsStream)
	if err != nil {
		return 0
	}
	return s.CachedInfo().State.Msgs
}

// public is what the stream must hold: every public fact once, in order.
func (l *log) public() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, f := range l.facts {
		if f.Name == "happened" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func caughtUp(t *testing.T, r *natsbus.Relay, l *log) {
	t.Helper()
	eventually(t, "the relay caught up", func() bool {
		lag, err := r.Lag(t.Context())
		return err == nil && lag.Relayed == lag.Head && l.checkpointed() == lag.Head
	})
}

func (l *log) checkpointed() event.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.checkpoint
}

func TestRelayPublishesEachPublicFactOnceInOrder(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(1500)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	caughtUp(t, r, l)
	l.fill(10) // and wakes up for what comes later
	caughtUp(t, r, l)
	if diff := cmp.Diff(l.public(), published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestRelayIdlesWithoutReading(t *testing.T) {
	_, b, _ := embedded(t)
	l := newLog()
	l.fill(3)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	eventually(t, "the relay waits", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.checkpoint == 3 && l.reads == 2 // the facts, then nothing
	})
}

// A relay that is killed anywhere leaves a stream that ends somewhere in the log, and a checkpoint
// at any place before. A new one goes on from the stream.
func TestRelayGoesOnWhereTheStreamEnds(t *testing.T) {
	const total = 40
	for published1 := range 30 {
		for _, checkpoint := range []event.Position{0, event.Position(published1)} {
			t.Run(fmt.Sprintf("killed at %d, checkpoint %d", published1, checkpoint), func(t *testing.T) {
				t.Parallel()
				e, b, dir := embedded(t)
				l := newLog()
				l.fill(published1)
				first := newRelay(b, l, everybodyLeads{})
				stop := run(t, first)
				caughtUp(t, first, l)
				stop()
				l.mu.Lock()
				l.checkpoint = checkpoint
				l.mu.Unlock()
				l.fill(total - published1)
				second := newRelay(b, l, everybodyLeads{})
				run(t, second)
				caughtUp(t, second, l)
				if diff := cmp.Diff(l.public(), published(t, e, dir)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// The process dies at each call of a port in turn, so also between storing a batch and noting it.
func TestRelayDiesAnywhere(t *testing.T) {
	req.Covers(t, "R-234")
	e, b, dir := embedded(t)
	l := newLog()
	for dies := range 60 {
		l.fill(20 * dies)
		ctx, cancel := context.WithCancel(t.Context())
		l.mu.Lock()
		l.calls, l.diesAt, l.die = 0, 1+dies%12, cancel
		l.mu.Unlock()
		if dies%2 == 0 {
			go l.fill(100) // at some moment while it runs
		}
		newRelay(b, l, everybodyLeads{}).Run(ctx)
		cancel()
	}
	l.mu.Lock()
	l.diesAt = 0
	l.mu.Unlock()
	last := newRelay(b, l, everybodyLeads{})
	run(t, last)
	caughtUp(t, last, l)
	if diff := cmp.Diff(l.public(), published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestSecondRelayCannotPublishTwice(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(5000)
	relays := []*natsbus.Relay{}
	for range 3 { // a broken leadership lets all of them lead at once
		r := newRelay(b, l, everybodyLeads{})
		run(t, r)
		relays = append(relays, r)
	}
	for range 20 {
		l.fill(100)
	}
	for _, r := range relays {
		caughtUp(t, r, l)
	}
	if diff := cmp.Diff(l.public(), published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestRelayStopsBeforeAFactThatItCannotRead(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(4)
	l.append(event.Fact{Stream: event.Stream{Kind: "thing", ID: "x"}, Name: "garbled"})
	l.fill(4)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	eventually(t, "the relay stands before the fact", func() bool { return l.checkpointed() == 4 })
	if got := published(t, e, dir); len(got) != 3 {
		t.Errorf("published %v", got)
	}
	lag, err := r.Lag(t.Context())
	if diff := cmp.Diff(natsbus.Lag{Head: 9, Relayed: 4, Age: time.Minute}, lag); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// turns counts how often somebody took the lead.
type turns struct{ taken chan struct{} }

func (l turns) Lead(ctx context.Context, _ string, do func(context.Context) error) error {
	select {
	case l.taken <- struct{}{}:
	default:
	}
	return do(ctx)
}

func TestRelayGivesUpTheLeadAtAFactOfANewerBinary(t *testing.T) {
	_, b, _ := embedded(t)
	l := newLog()
	l.append(event.Fact{Stream: event.Stream{Kind: "thing", ID: "x"}, Name: "newer", Revision: 9})
	lead := turns{make(chan struct{})}
	run(t, newRelay(b, l, lead))
	for range 2 {
		select {
		case <-lead.taken:
		case <-time.After(20 * time.Second):
			t.Fatal("the relay kept the lead")
		}
	}
}

func TestRelayOutlivesAStoreThatIsAway(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.breakWith(errors.New("the store is away"))
	l.fill(9)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	l.breakWith(nil)
	caughtUp(t, r, l)
	if diff := cmp.Diff(l.public(), published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestEmptiedStreamGoesOnFromTheCheckpoint(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(9)
	r := newRelay(b, l, everybodyLeads{})
	stop := run(t, r)
	caughtUp(t, r, l)
	stop()
	if err := natsbus.Purge(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	l.fill(3)
	again := newRelay(b, l, everybodyLeads{})
	run(t, again)
	caughtUp(t, again, l)
	if diff := cmp.Diff(l.public()[6:], published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
}

// The process died between storing the last message and noting it, and nothing happens any more:
// whoever goes by the checkpoint must not see a lag that grows for ever.
func TestRelayNotesWhatTheStreamAlreadyHolds(t *testing.T) {
	_, b, _ := embedded(t)
	l := newLog()
	l.fill(9)
	r := newRelay(b, l, everybodyLeads{})
	stop := run(t, r)
	caughtUp(t, r, l)
	stop()
	l.mu.Lock()
	l.checkpoint = 2
	l.facts = l.facts[:8] // it ends with a public fact
	l.mu.Unlock()
	again := newRelay(b, l, everybodyLeads{})
	run(t, again)
	caughtUp(t, again, l)
}

func TestRelayRefusesTheStreamOfAnotherLog(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(9)
	r := newRelay(b, l, everybodyLeads{})
	stop := run(t, r)
	caughtUp(t, r, l)
	stop()
	before := published(t, e, dir)

	restored := newLog() // an older backup, which then went another way
	restored.fill(5)
	other := newRelay(b, restored, turns{make(chan struct{}, 1)})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	other.Run(ctx)
	if diff := cmp.Diff(before, published(t, e, dir)); diff != "" {
		t.Error(diff)
	}
	if restored.checkpointed() != 0 {
		t.Error("facts of the other log were passed over")
	}
}

func TestRelayCatchesUpFast(t *testing.T) {
	_, b, _ := embedded(t)
	l := newLog()
	l.fill(30000)
	r := newRelay(b, l, everybodyLeads{})
	began := time.Now()
	run(t, r)
	caughtUp(t, r, l)
	took := time.Since(began)
	t.Logf("%d messages of %d facts in %s: %.0f facts/s", 20000, 30000, took, 30000/took.Seconds())
}
