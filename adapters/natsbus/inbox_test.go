package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/natsbus"
	"writ/ports"
	"writ/ports/portstest"
)

// inboxWorld is a server's consumer, and the inbox of a command beside it.
func inboxWorld(t *testing.T) portstest.InboxWorld {
	t.Helper()
	s := serve(t)
	inbox := natsbus.NewInbox(dialled(t, s), s.follow, quiet())
	_, js := connect(t, s.broker, filepath.Join(s.dir, natsbus.AccountsCredentials))
	tell := func(t *testing.T, m message) uint64 {
		t.Helper()
		kept, err := js.Publish(patient(t), m.subject, []byte(m.body))
		if err != nil {
			t.Fatal(err)
		}
		return kept.Sequence
	}
	var told atomic.Int64
	return portstest.InboxWorld{
		Inbox: inbox,
		Tell: func(t *testing.T, account string) uint64 {
			t.Helper()
			n := int(told.Add(1))
			return tell(t, change(fmt.Sprintf("m%d", n), account, n, natsbus.Suspended, "{}"))
		},
		TellNonsense: func(t *testing.T, body string) uint64 {
			t.Helper()
			before, err := inbox.Rejected(t.Context(), 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			place := tell(t, message{"accounts.suspended", body})
			eventually(t, "it is rejected", func() bool {
				after, err := inbox.Rejected(t.Context(), 0, 1000)
				return err == nil && len(after) > len(before)
			})
			return place
		},
		Followed: s.follow.accounts,
		Know:     s.follow.knowing.Store,
		Settle:   func(t *testing.T, n int) { t.Helper(); s.follow.wait(t, n) },
	}
}

func dialled(t *testing.T, s served) *natsbus.Broker {
	t.Helper()
	b, err := natsbus.DialEmbedded(s.dir, s.broker.URL(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// Foresee implements natsbus.Foreseer.
func (f *follower) Foresee(context.Context, natsbus.AccountChange) (bool, error) {
	return !f.knowing.Load(), nil
}

func (f *follower) accounts() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, c := range f.changes {
		all = append(all, c.Account)
	}
	return all
}

func TestInbox(t *testing.T) { portstest.Inbox(t, inboxWorld) }

func TestAReplayThatFailsSaysHowFarItGot(t *testing.T) {
	s := serve(t)
	var all []message
	for i := range 600 {
		all = append(all, change(fmt.Sprintf("m%d", i), fmt.Sprintf("a%d", i%50), i+1, natsbus.Suspended, "{}"))
	}
	publishChange(t, s, all...)
	s.follow.wait(t, len(all))
	away := errors.New("the store is away")
	s.follow.mu.Lock()
	s.follow.answers["m300"] = []error{away}
	s.follow.mu.Unlock()
	inbox := natsbus.NewInbox(dialled(t, s), s.follow, quiet())
	got, err := inbox.Replay(t.Context(), ports.Replay{})
	want := ports.Replayed{Seen: 256, Followed: 256, Changed: 256, Next: 257}
	if diff := cmp.Diff(want, got); !errors.Is(err, away) || diff != "" {
		t.Errorf("got %v (-want +got):\n%s", err, diff)
	}
	got, err = inbox.Replay(t.Context(), ports.Replay{From: got.Next})
	want = ports.Replayed{Seen: 344, Followed: 344, Changed: 344, Next: 601, Done: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("going on: %v (-want +got):\n%s", err, diff)
	}
}

func TestAReplayEndsWithItsContext(t *testing.T) {
	s := serve(t)
	publishChange(t, s, change("m1", "a1", 1, natsbus.Suspended, "{}"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := natsbus.NewInbox(dialled(t, s), s.follow, quiet()).Replay(ctx, ports.Replay{})
	if !errors.Is(err, context.Canceled) || got.Done {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhereNoBrokerIsACommandIsToldAtOnce(t *testing.T) {
	if _, err := natsbus.DialEmbedded(t.TempDir(), "nats://127.0.0.1:1", quiet()); err == nil {
		t.Error("a directory without keys is one of a broker")
	}
	e, _, dir := embedded(t)
	url := e.URL()
	for _, at := range []string{"nats://127.0.0.1:1", url} {
		b, err := natsbus.DialEmbedded(dir, at, quiet())
		if (err == nil) != (at == url) {
			t.Errorf("%s: %v", at, err)
		}
		if err == nil {
			b.Close()
		}
	}
	if _, err := natsbus.Dial(natsbus.ConnectOptions{URL: url, Log: quiet()}); err == nil {
		t.Error("somebody without credentials comes in")
	}
}

func TestAnInboxWithoutItsBrokerSaysSo(t *testing.T) {
	e, b, _ := embedded(t)
	inbox := natsbus.NewInbox(b, newFollower(), quiet())
	e.Stop()
	eventually(t, "the connection notices", func() bool {
		_, err := inbox.Rejected(t.Context(), 0, 1)
		return errors.Is(err, natsbus.ErrAway)
	})
	_, shown := inbox.Rejection(t.Context(), 1)
	_, replayed := inbox.Replay(t.Context(), ports.Replay{})
	for what, err := range map[string]error{"one": shown, "a replay": replayed} {
		if err == nil || errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
