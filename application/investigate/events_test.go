package investigate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/investigate"
	"writ/domain/account"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// busy is a world in which this and that happened, a minute apart.
func busy(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.Clock.Pass(time.Minute)
	tokens, id := w.opens()
	w.Clock.Pass(time.Minute)
	w.refreshes(tokens)
	w.Clock.Pass(time.Minute)
	w.Account("freya", "CREATE_POST")
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	w.Clock.Pass(time.Minute)
	w.changeGrant(id, func(g *grant.Grant) { g.Revoke(grant.ByAdmin, "", w.Clock.Now()) })
	return w
}

func (w *world) page(from investigate.From, f investigate.Filter, limit int) investigate.Page {
	w.t.Helper()
	p, err := w.events.Page(w.t.Context(), from, f, limit)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestEventsAreFiltered(t *testing.T) {
	w := busy(t)
	for name, tc := range map[string]struct {
		filter investigate.Filter
		want   []string
	}{
		"a kind of stream":  {investigate.Filter{Kinds: []string{"session"}}, []string{"5 session.started"}},
		"an event":          {investigate.Filter{Kinds: []string{"grant.refreshed"}}, []string{"9 grant.refreshed"}},
		"a message":         {investigate.Filter{Kinds: []string{"signed-in"}}, []string{"5 session.started"}},
		"a message by rule": {investigate.Filter{Kinds: []string{"account-suspended", "grant-revoked"}}, []string{"13 account.suspended", "14 grant.revoked"}},
		"a client": {investigate.Filter{Client: "app"}, []string{
			"4 client.registered", "6 authorization.approved", "7 authorization.redeemed", "8 grant.opened", "9 grant.refreshed", "14 grant.revoked",
		}},
		"an account":              {investigate.Filter{Account: "freya"}, []string{"10 account.opened", "11 account.profile_changed", "12 account.password_changed"}},
		"an account and a kind":   {investigate.Filter{Account: "odin", Kinds: []string{"account"}}, []string{"1 account.opened", "2 account.profile_changed", "3 account.password_changed", "13 account.suspended"}},
		"a client nobody knows":   {investigate.Filter{Client: "nobody"}, []string{}},
		"an account nobody knows": {investigate.Filter{Account: "a b.*>"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.page(investigate.From{}, tc.filter, 0)
			if diff := cmp.Diff(tc.want, named(p.Events)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if p.Next != 14 || p.Head != 14 {
				t.Errorf("it goes on after %d of %d", p.Next, p.Head)
			}
		})
	}
}

// TestADeviceIsSomebodysOnceSomebodySaysSo: and whoever asks later is told the same.
func TestADeviceIsSomebodysOnceSomebodySaysSo(t *testing.T) {
	w := newWorld(t)
	code := w.asks()
	before, _ := w.events.Head(t.Context())
	w.changeDevice(code, func(d *device.Device) error { return d.Deny("odin", w.Clock.Now()) })
	want := []string{"7 device.denied"}
	for range 2 {
		for _, from := range []event.Position{0, before} {
			p := w.page(investigate.From{Position: from}, investigate.Filter{Account: "odin", Kinds: []string{"device.requested", "device.denied"}}, 0)
			if diff := cmp.Diff(want, named(p.Events)); diff != "" {
				t.Errorf("after %d (-want +got):\n%s", from, diff)
			}
		}
	}
}

func TestAKindThatIsNotKnownIsRefused(t *testing.T) {
	w := busy(t)
	_, err := w.events.Page(t.Context(), investigate.From{}, investigate.Filter{Kinds: []string{"grant", "grants"}}, 0)
	follow := w.events.Follow(t.Context(), investigate.From{}, investigate.Filter{Kinds: []string{""}}, nil)
	each := w.events.Each(t.Context(), investigate.From{}, investigate.Filter{Kinds: []string{"x"}}, nil)
	for _, err := range []error{err, follow, each} {
		if !errors.Is(err, investigate.ErrKind) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	if kinds := strings.Join(investigate.Kinds(), " "); !strings.Contains(kinds, "grant.revoked") || !strings.Contains(kinds, "signed-in") {
		t.Errorf("kinds: %s", kinds)
	}
}

func TestPagesGoOnWhereTheLastOneEnded(t *testing.T) {
	w := busy(t)
	var got []string
	pages := 0
	for from := (investigate.From{}); ; pages++ {
		p := w.page(from, investigate.Filter{Account: "odin"}, 3)
		got = append(got, named(p.Events)...)
		if from.Position = p.Next; p.Next == p.Head {
			break
		}
	}
	if want := named(w.page(investigate.From{}, investigate.Filter{Account: "odin"}, 0).Events); !cmp.Equal(want, got) || pages < 3 {
		t.Errorf("in %d pages came %v, want %v", pages, got, want)
	}
}

func TestWhereAPageBegins(t *testing.T) {
	w := busy(t)
	noon := w.Clock.Now().Add(-4 * time.Minute)
	for name, tc := range map[string]struct {
		from investigate.From
		want event.Position // of the first event; 0: none
	}{
		"at the beginning":            {investigate.From{}, 1},
		"after a position":            {investigate.From{Position: 8}, 9},
		"after the end":               {investigate.From{Position: 14}, 0},
		"far after the end":           {investigate.From{Position: 1 << 40}, 0},
		"before the beginning":        {investigate.From{Position: -7}, 1},
		"at a time":                   {investigate.From{Time: noon.Add(time.Minute)}, 5},
		"between times":               {investigate.From{Time: noon.Add(time.Minute + 1)}, 9},
		"before all times":            {investigate.From{Time: noon.Add(-time.Hour)}, 1},
		"after all times":             {investigate.From{Time: noon.Add(time.Hour)}, 0},
		"a position before any time":  {investigate.From{Position: 9, Time: noon}, 10},
		"at the time of several":      {investigate.From{Time: noon.Add(3 * time.Minute)}, 10},
		"at the last event's instant": {investigate.From{Time: noon.Add(4 * time.Minute)}, 14},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.page(tc.from, investigate.Filter{}, 0)
			var first event.Position
			if len(p.Events) > 0 {
				first = p.Events[0].Position
			}
			if first != tc.want {
				t.Errorf("it begins at %d, want %d", first, tc.want)
			}
		})
	}
}

func TestRecordsHaveNothingPersonalAndNoSecret(t *testing.T) {
	w := busy(t)
	all := fmt.Sprintf("%v", w.page(investigate.From{}, investigate.Filter{}, 0).Events)
	for _, hidden := range []string{"a secret browser", "Name of", "@example.org", "hash of"} {
		if strings.Contains(all, hidden) {
			t.Errorf("the records show %q:\n%s", hidden, all)
		}
	}
}

func TestFollowingWaitsForMore(t *testing.T) {
	w := busy(t)
	ctx, cancel := context.WithCancel(t.Context())
	got, failed := make(chan ports.Record), make(chan error, 1)
	go func() {
		failed <- w.events.Follow(ctx, investigate.From{Position: 12}, investigate.Filter{Account: "odin"}, func(r ports.Record) error {
			got <- r
			return nil
		})
	}()
	if first, second := <-got, <-got; first.Position != 13 || second.Position != 14 {
		t.Errorf("followed from %d and %d", first.Position, second.Position)
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestFollowingEndsWithItsReader(t *testing.T) {
	w, full := busy(t), errors.New("the disk is full")
	take := func(ports.Record) error { return full }
	if err := w.events.Follow(t.Context(), investigate.From{}, investigate.Filter{}, take); !errors.Is(err, full) {
		t.Errorf("it ended with %v", err)
	}
	if err := w.events.Each(t.Context(), investigate.From{}, investigate.Filter{}, take); !errors.Is(err, full) {
		t.Errorf("it ended with %v", err)
	}
	n := 0
	err := w.events.Each(t.Context(), investigate.From{}, investigate.Filter{}, func(ports.Record) error { n++; return nil })
	if head, _ := w.events.Head(t.Context()); err != nil || event.Position(n) != head {
		t.Errorf("%d of %d events came (%v)", n, head, err)
	}
}

func TestOneEventIsShown(t *testing.T) {
	w := busy(t)
	for _, f := range w.Store.Facts() {
		for _, id := range []string{f.ID, fmt.Sprint(f.Position), fmt.Sprintf("%020d", f.Position)} {
			r, err := w.events.Show(t.Context(), id)
			if err != nil || r.ID != f.ID || r.Position != f.Position {
				t.Errorf("%s shows %s at %d: %v", id, r.ID, r.Position, err)
			}
		}
	}
	for _, id := range []string{"", "0", "-1", "15", "99999999999999999999", "x", w.ids.ID(), "a b", strings.Repeat("v", 20), strings.Repeat("9", 400)} {
		if _, err := w.events.Show(t.Context(), id); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestAnOutageIsNotAnAbsence(t *testing.T) {
	w, down := busy(t), errors.New("the disk is gone")
	w.Store.Fail(down)
	_, show := w.events.Show(t.Context(), "3")
	_, find := w.events.Show(t.Context(), w.ids.ID())
	_, page := w.events.Page(t.Context(), investigate.From{Time: w.Clock.Now()}, investigate.Filter{}, 0)
	_, at := w.moment.Execute(t.Context(), investigate.MomentCommand{Account: "odin"})
	_, explained := w.explanation.Execute(t.Context(), investigate.ExplainCommand{Of: oauth.Secret(w.ids.ID())})
	for i, err := range []error{show, find, page, at, explained, w.audit.Execute(t.Context(), investigate.AuditCommand{}, nil)} {
		if !errors.Is(err, down) || errors.Is(err, ports.ErrNotFound) {
			t.Errorf("question %d: %v", i, err)
		}
	}
}

// TestAGreatLogIsNotReadThrough: the reads that it takes to find a place grow with the log's digits.
func TestAGreatLogIsNotReadThrough(t *testing.T) {
	w := newWorld(t)
	const events = 12_000
	for range events {
		w.Clock.Pass(time.Second)
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SignOut("x", w.Clock.Now()) })
	}
	some := w.Store.Facts()[events/3]
	w.feed.n, w.feed.facts = 0, 0
	if r, err := w.events.Show(t.Context(), some.ID); err != nil || r.Position != some.Position {
		t.Fatalf("shows %d: %v", r.Position, err)
	}
	if w.feed.n > 20 || w.feed.facts > 600 {
		t.Errorf("an id took %d reads of %d facts", w.feed.n, w.feed.facts)
	}
	w.feed.n, w.feed.facts = 0, 0
	if p := w.page(investigate.From{Time: some.At}, investigate.Filter{}, 1); p.Events[0].Position != some.Position {
		t.Errorf("the time is that of %d, want %d", p.Events[0].Position, some.Position)
	}
	if w.feed.n > 20 {
		t.Errorf("a time took %d reads", w.feed.n)
	}
	w.feed.facts = 0
	if p := w.page(investigate.From{}, investigate.Filter{Kinds: []string{"grant"}}, 1); len(p.Events) > 0 || p.Next >= p.Head || w.feed.facts > 10_000 {
		t.Errorf("in vain %d facts were read, up to %d of %d", w.feed.facts, p.Next, p.Head)
	}
}
