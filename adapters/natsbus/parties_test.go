package natsbus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/natsbus"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports"
)

// register plays ports.Parties.
type register map[event.Stream]ports.Party

func (r register) Of(_ context.Context, facts []event.Fact) (map[event.Stream]ports.Party, error) {
	found := map[event.Stream]ports.Party{}
	for _, f := range facts {
		found[f.Stream] = r[f.Stream]
	}
	return found, nil
}

func grantFact(t *testing.T, id string, version event.Version, e any) event.Fact {
	t.Helper()
	f := factOf(t, grant.Catalogue, e, "")
	f.Stream.ID, f.Version = id, version
	return f
}

func TestMessagesNameWhomTheirStreamConcerns(t *testing.T) {
	e, b, dir := embedded(t)
	revoked := grant.Revoked{Reason: grant.ByOwner}
	l := newLog()
	l.append(grantFact(t, "g1", 2, revoked), grantFact(t, "g2", 7, revoked), grantFact(t, "g2", 8, grant.CodeReplayed{}))
	r := natsbus.NewRelay(b,
		natsbus.RelayPorts{Feed: l, Parties: register{
			{Kind: "grant", ID: "g1"}: {Client: "c1", Account: "a1"},
			{Kind: "grant", ID: "g2"}: {Client: "c2", Account: "a2"},
		}, Checkpoints: l, Leadership: everybodyLeads{}, Clock: stopped{noon}},
		natsbus.RelayOptions{Issuer: "https://writ.test", Forms: natsbus.PublicForms(), Log: quiet()})
	run(t, r)
	caughtUp(t, r, l)
	var got []string
	for _, m := range messages(t, e, dir) {
		got = append(got, m.Subject())
	}
	want := []string{
		natsbus.Subject("grant-revoked", "c1", "a1"), natsbus.Subject("grant-revoked", "c2", "a2"), natsbus.Subject("code-replayed", "c2", "a2"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRelayIsFastWithThePublicForms(t *testing.T) {
	_, b, _ := embedded(t)
	const facts = 20_000
	l := newLog()
	refreshed := factOf(t, grant.Catalogue, grant.Refreshed{Generation: 1, JTI: "j", Scope: "openid", AccessUntil: noon}, "")
	batch := make([]event.Fact, facts)
	for i := range batch {
		batch[i] = refreshed
		batch[i].Version, batch[i].Stream.ID = 2, fmt.Sprintf("g%d", i)
	}
	l.append(batch...)
	r := natsbus.NewRelay(b,
		natsbus.RelayPorts{Feed: l, Parties: register{}, Checkpoints: l, Leadership: everybodyLeads{}, Clock: stopped{noon}},
		natsbus.RelayOptions{Issuer: "https://writ.test", Forms: natsbus.PublicForms(), Log: quiet()})
	began := time.Now()
	run(t, r)
	caughtUp(t, r, l)
	t.Logf("%.0f facts/s", facts/time.Since(began).Seconds())
}
