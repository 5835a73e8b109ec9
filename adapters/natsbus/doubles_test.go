package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"writ/adapters/natsbus"
	"writ/domain/event"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// log is a log of events in memory that plays EventFeed and Checkpoints.
type log struct {
	mu         sync.Mutex
	facts      []event.Fact
	grown      chan struct{}
	checkpoint event.Position
	broken     error
	reads      int
	given      int    // facts, by all reads
	calls      int    // of the ports
	diesAt     int    // the call from which on nothing is done any more; 0: never
	die        func() // ends the process
}

var errDead = errors.New("the process is dead")

// call counts a call. The process dies at one of them, before or after it did its work.
func (l *log) call() error {
	l.calls++
	if l.diesAt == 0 || l.calls < l.diesAt {
		return nil
	}
	l.die()
	return errDead
}

func newLog() *log { return &log{grown: make(chan struct{})} }

func (l *log) append(facts ...event.Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range facts {
		f.Position = event.Position(len(l.facts) + 1)
		f.ID = fmt.Sprintf("fact-%06d", f.Position)
		f.At = noon
		l.facts = append(l.facts, f)
	}
	close(l.grown)
	l.grown = make(chan struct{})
}

// fill appends n facts; every third has no public form.
func (l *log) fill(n int) {
	facts := make([]event.Fact, n)
	for i := range facts {
		facts[i] = event.Fact{Stream: event.Stream{Kind: "thing", ID: "t" + fmt.Sprint(i%7)}, Name: "happened", Revision: 1}
		if i%3 == 2 {
			facts[i].Name = "whispered"
		}
	}
	l.append(facts...)
}

func (l *log) breakWith(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

func (l *log) Read(_ context.Context, after event.Position, limit int) ([]event.Fact, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if err := l.call(); err != nil {
		return nil, err
	}
	if l.broken != nil {
		return nil, l.broken
	}
	if int(after) >= len(l.facts) {
		return nil, nil
	}
	rest := l.facts[after:]
	rest = rest[:min(limit, len(rest))]
	l.given += len(rest)
	return rest, nil
}

// taken is how many facts all reads gave.
func (l *log) taken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.given
}

func (l *log) Head(context.Context) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return event.Position(len(l.facts)), errors.Join(l.call(), l.broken)
}

func (l *log) Wait(ctx context.Context, after event.Position) error {
	for {
		l.mu.Lock()
		head, grown, mortal := event.Position(len(l.facts)), l.grown, l.diesAt > 0
		l.mu.Unlock()
		if head > after {
			return nil
		}
		if mortal { // at the latest when it has nothing to do
			l.die()
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *log) Checkpoint(context.Context, string) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.checkpoint, l.call()
}

func (l *log) Advance(_ context.Context, _ string, to event.Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.call(); err != nil {
		return err
	}
	l.checkpoint = max(l.checkpoint, to)
	return nil
}

// everybodyLeads is a Leadership that is wrong: it lets anybody lead at any time.
type everybodyLeads struct{}

func (everybodyLeads) Lead(ctx context.Context, _ string, do func(context.Context) error) error {
	return do(ctx)
}

type stopped struct{ at time.Time }

func (c stopped) Now() time.Time { return c.at }

// thingForms makes "thing.happened" public, as one of the kinds that are described, and fails at
// "thing.garbled".
func thingForms() natsbus.Forms {
	return natsbus.Forms{
		"thing.happened": func(f event.Fact, p natsbus.Party) (*natsbus.Message, error) {
			return &natsbus.Message{Kind: "signing-key-forgotten", Revision: 1, Party: p, Data: struct{}{}}, nil
		},
		"thing.garbled": func(event.Fact, natsbus.Party) (*natsbus.Message, error) { return nil, errors.New("garbled") },
		"thing.newer":   func(event.Fact, natsbus.Party) (*natsbus.Message, error) { return nil, event.ErrUnknown },
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// embedded starts a broker in a directory of its own and connects to it.
func embedded(t *testing.T) (*natsbus.Embedded, *natsbus.Broker, string) {
	t.Helper()
	dir := t.TempDir()
	e, b := embeddedIn(t, dir)
	return e, b, dir
}

func embeddedIn(t *testing.T, dir string) (*natsbus.Embedded, *natsbus.Broker) {
	t.Helper()
	e, err := natsbus.StartEmbedded(t.Context(), natsbus.EmbeddedOptions{Dir: dir, Listen: "127.0.0.1:0", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	b, err := e.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return e, b
}

// eventually waits until check says yes.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !check() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came to this: %s", what)
		}
	}
}
