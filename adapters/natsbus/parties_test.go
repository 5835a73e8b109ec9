package natsbus_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/natsbus"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// shelf plays natsbus.Streams: it has state rows of some streams and the history of all.
type shelf struct {
	rows    []ports.Row
	history map[event.Stream][]event.Fact
	loads   int
}

func (s *shelf) Load(_ context.Context, streams []event.Stream) ([]ports.Row, error) {
	s.loads++
	var found []ports.Row
	for _, wanted := range streams {
		for _, row := range s.rows {
			if row.Stream == wanted {
				found = append(found, row)
			}
		}
	}
	return found, nil
}

func (s *shelf) History(_ context.Context, of event.Stream, after event.Version) iter.Seq2[event.Fact, error] {
	return func(yield func(event.Fact, error) bool) {
		for _, f := range s.history[of][after:] {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func grantFact(t *testing.T, id string, version event.Version, e any) event.Fact {
	t.Helper()
	f := factOf(t, grant.Catalogue, e, "")
	f.Stream.ID, f.Version = id, version
	return f
}

func openedBy(client, account string) grant.Opened {
	return grant.Opened{Client: oauth.ClientID(client), Account: oauth.AccountID(account), Via: oauth.DeviceCodeGrant, AccessUntil: noon.Add(time.Hour)}
}

func TestMessagesNameWhomTheirStreamConcerns(t *testing.T) {
	e, b, dir := embedded(t)
	revoked := grant.Revoked{Reason: grant.ByOwner}
	purged := grantFact(t, "purged", 1, openedBy("c3", "a3"))
	store := &shelf{
		rows:    []ports.Row{{Stream: event.Stream{Kind: "grant", ID: "kept"}, Client: "c2", Account: "a2"}},
		history: map[event.Stream][]event.Fact{purged.Stream: {purged}},
	}
	l := newLog()
	l.append(
		grantFact(t, "new", 1, openedBy("c1", "a1")),
		grantFact(t, "new", 2, revoked),
		grantFact(t, "kept", 7, revoked),
		grantFact(t, "purged", 2, revoked),
		grantFact(t, "kept", 8, grant.CodeReplayed{}),
	)
	r := natsbus.NewRelay(b,
		natsbus.RelayPorts{Feed: l, Streams: store, Checkpoints: l, Leadership: everybodyLeads{}, Clock: stopped{noon}},
		natsbus.RelayOptions{Issuer: "https://writ.test", Forms: natsbus.PublicForms(), Log: quiet()})
	run(t, r)
	caughtUp(t, r, l)
	var got []string
	for _, m := range messages(t, e, dir) {
		got = append(got, m.Subject())
	}
	want := []string{
		natsbus.Subject("grant-opened", "c1", "a1"), natsbus.Subject("grant-revoked", "c1", "a1"),
		natsbus.Subject("grant-revoked", "c2", "a2"), natsbus.Subject("grant-revoked", "c3", "a3"),
		natsbus.Subject("code-replayed", "c2", "a2"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if store.loads != 1 {
		t.Errorf("%d queries for one batch", store.loads)
	}
}

func TestRelayIsFastWithThePublicForms(t *testing.T) {
	_, b, _ := embedded(t)
	const facts = 20_000
	l, store := newLog(), &shelf{history: map[event.Stream][]event.Fact{}}
	refreshed := factOf(t, grant.Catalogue, grant.Refreshed{Generation: 1, JTI: "j", Scope: "openid", AccessUntil: noon}, "")
	batch := make([]event.Fact, facts)
	for i := range batch {
		batch[i] = refreshed
		batch[i].Version, batch[i].Stream.ID = 2, fmt.Sprintf("g%d", i)
		store.history[batch[i].Stream] = []event.Fact{grantFact(t, batch[i].Stream.ID, 1, openedBy("c", "a"))}
	}
	l.append(batch...)
	r := natsbus.NewRelay(b,
		natsbus.RelayPorts{Feed: l, Streams: store, Checkpoints: l, Leadership: everybodyLeads{}, Clock: stopped{noon}},
		natsbus.RelayOptions{Issuer: "https://writ.test", Forms: natsbus.PublicForms(), Log: quiet()})
	began := time.Now()
	run(t, r)
	caughtUp(t, r, l)
	t.Logf("%.0f facts/s", facts/time.Since(began).Seconds())
}
