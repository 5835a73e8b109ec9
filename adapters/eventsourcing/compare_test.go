package eventsourcing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing"
	"writ/adapters/system"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// compares wants exactly these problems, in the order of the streams' names.
func (a archive) compares(swap bool, want ...eventsourcing.Difference) {
	a.t.Helper()
	found, err := a.comparer.Compare(a.t.Context(), swap)
	if err != nil {
		a.t.Fatal(err)
	}
	if diff := cmp.Diff(append([]eventsourcing.Difference{}, want...), found.Differences); diff != "" {
		a.t.Errorf("differences (-want +got):\n%s", diff)
	}
	if found.Swapped != (swap && len(want) > 0) {
		a.t.Errorf("swapped: %t", found.Swapped)
	}
}

func TestWhatDiffersIsNamedAndMended(t *testing.T) {
	onBothStores(t, func(t *testing.T, open func() archive) {
		a := open()
		a.people()
		n, err := a.purger.Purge(t.Context(), system.NewClock().Now().Add(400*24*time.Hour), 100)
		if err != nil || n != 3 { // two sessions and a grant
			t.Fatalf("purged %d (%v)", n, err)
		}
		a.open(grant.Named("h"), grant.Named("i"), grant.Named("j"), grant.Named("k"), grant.Named("l"))
		a.compares(true)
		a.compares(false)
		blob := map[string]string{"sqlite": "x'00'", "pgx": `'\x00'`}[a.driver]
		for _, statement := range []string{
			"UPDATE states SET data = (SELECT data FROM states WHERE stream = 'account/bob') WHERE stream = 'account/ada'",
			"UPDATE states SET version = 7 WHERE stream = 'grant/h'",
			"DELETE FROM states WHERE stream = 'grant/l'",
			"UPDATE states SET account = 'bob' WHERE stream = 'grant/i'",
			"UPDATE states SET ends = ends + 1 WHERE stream = 'grant/j'",
			"UPDATE states SET data = " + blob + " WHERE stream = 'grant/k'",
			`INSERT INTO states (stream, kind, version, shape, account, client, ends, keep, data)
				SELECT 'grant/none', kind, version, shape, account, client, ends, keep, data FROM states WHERE stream = 'grant/j'`,
			"UPDATE unique_keys SET stream = 'account/bob' WHERE stream = 'account/ada' AND kind = 'handle'",
			"INSERT INTO unique_keys (kind, digest, stream) VALUES ('handle', " + blob + ", 'session/session-of-ada')",
			"INSERT INTO unique_keys (kind, digest, stream) VALUES ('email', " + blob + ", 'account/nobody')",
			"UPDATE purged SET account = '' WHERE stream = 'session/session-of-bob'",
		} {
			a.lose(statement)
		}
		want := []eventsourcing.Difference{
			{Stream: "account/ada", Problem: "the row is not what the facts make of it"},
			{Stream: "account/bob", Problem: "it holds a key of the kind handle that its facts do not give it"},
			{Stream: "account/nobody", Problem: "it holds a key of the kind email, and no fact makes a row of it"},
			{Stream: "grant/h", Problem: "the row is at version 7, the log at 1"},
			{Stream: "grant/i", Problem: "the row is not found by what its state says"},
			{Stream: "grant/j", Problem: "the row is not found by what its state says"},
			{Stream: "grant/k", Problem: `read the state of grant/k: invalid character '\x00' looking for beginning of value`},
			{Stream: "grant/l", Problem: "the row is missing, and was not purged"},
			{Stream: "grant/none", Problem: "there is a row that no fact makes"},
			{Stream: "session/session-of-ada", Problem: "the row was purged, and it holds a key of the kind handle"},
			{Stream: "session/session-of-bob", Problem: "it is not noted whom the row belonged to that was purged"},
		}
		a.compares(false, want...)
		a.compares(true, want...)
		a.compares(true)
		if found := a.differences(); len(found) != 0 {
			t.Errorf("differences afterwards: %v", found)
		}
		a.lose("DELETE FROM unique_keys WHERE stream = 'account/ada' AND kind = 'handle'")
		a.compares(true, eventsourcing.Difference{Stream: "account/ada", Problem: "its handle is not held by it"})
		a.compares(false)
	})
}

func (a archive) open(grants ...*grant.Grant) {
	a.t.Helper()
	for _, g := range grants {
		a.decide(func() error {
			return g.Open(grant.Opening{Client: "app", Account: "ada", Scope: "openid", At: system.NewClock().Now()})
		}, g)
	}
}

// plant changes what a row says, as a mistake of a program would have. Its version stays.
func (a archive) plant(s event.Stream, change func([]byte) []byte) {
	a.t.Helper()
	rows, err := a.rewriter.(ports.EventStore).Load(a.t.Context(), []event.Stream{s})
	if err != nil {
		a.t.Fatal(err)
	}
	row := rows[slices.IndexFunc(rows, func(r ports.Row) bool { return r.Stream == s })]
	row.Data = change(bytes.Clone(row.Data))
	keys := []ports.UniqueKey{} // lost, too
	for errors.Is(a.rewriter.Rewrite(a.t.Context(), row, keys), ports.ErrConflict) {
		row.Version++
	}
}

// owner lets odin, who holds A and B, have a client.
func (a archive) owner() {
	a.t.Helper()
	odin, machineClient := account.Named("odin"), client.Unregistered("machine")
	now := system.NewClock().Now()
	a.decide(func() error {
		return odin.Open(account.Opening{Profile: account.Profile{Handle: "odin", Name: "Odin"}, Permissions: "A B", At: now})
	}, odin)
	a.decide(func() error {
		return machineClient.Register(client.Registration{
			ID: "m", Owner: "odin", Settings: machine, Secret: oauth.DigestOf([]byte("secret")), At: now,
		})
	}, machineClient)
}

// issue gives odin's client a token, and says for what.
func (a archive) issue(ctx context.Context) (oauth.Scope, error) {
	c, owner, i := client.Named("machine"), account.Named(""), token.Unissued(system.NewEntropy().ID())
	var scope oauth.Scope
	err := a.ledger.Decide(ctx, func() error {
		scope = owner.Permissions()
		return issued(c, owner, i, "secret", system.NewClock().Now())
	}, c, owner, i)
	return scope, err
}

func (a archive) issues(want oauth.Scope) {
	a.t.Helper()
	scope, err := a.issue(a.t.Context())
	if err != nil || scope != want {
		a.t.Errorf("a token for %q (%v), want %q", scope, err, want)
	}
}

func loseB(data []byte) []byte { return bytes.Replace(data, []byte(`"A B"`), []byte(`"A"`), 1) }

func TestWhatIsRememberedDoesNotOutliveWhatIsDerivedAgain(t *testing.T) {
	odin := event.Stream{Kind: "account", ID: "odin"}
	for name, mend := range map[string]func(archive) error{
		"swap": func(a archive) error {
			_, err := a.comparer.Compare(a.t.Context(), true)
			return err
		},
		"rebuild": func(a archive) error {
			_, err := a.rebuilder.Rebuild(a.t.Context())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBothStores(t, func(t *testing.T, open func() archive) {
				server, other := open(), open()
				server.owner()
				server.issues("A B")
				for range 3 {
					other.plant(odin, loseB)
					server.issues("A")
					server.issues("A") // by what it remembers
					err := mend(other)
					if err != nil {
						t.Fatal(err)
					}
					server.issues("A B")
				}
			})
		})
	}
}

// TestASwapDisturbsNobody works on two replicas while rows are spoilt and put right again.
func TestASwapDisturbsNobody(t *testing.T) {
	onBothStores(t, func(t *testing.T, open func() archive) {
		one, two, operator := open(), open(), open()
		one.owner()
		var grants []string
		for i := range 40 {
			grants = append(grants, fmt.Sprintf("g%02d", i))
			one.open(grant.Named(grants[i]))
		}
		ctx, stop := context.WithCancel(t.Context())
		var decided atomic.Int64
		errs := make(chan error, 8)
		for n := range 8 {
			go func() { errs <- work(ctx, []archive{one, two}[n%2], n, grants, &decided) }()
		}
		for round := range 3 {
			for from := decided.Load(); decided.Load() < from+50 && len(errs) == 0; {
				_, _ = one.issue(t.Context())
			}
			operator.plant(event.Stream{Kind: "account", ID: "odin"}, loseB)
			operator.plant(event.Stream{Kind: "grant", ID: grants[round]}, func([]byte) []byte { return []byte("{}") })
			operator.lose(fmt.Sprintf("DELETE FROM states WHERE stream = 'grant/%s'", grants[39-round]))
			found, err := operator.comparer.Compare(t.Context(), true)
			// What a commit under way has just written again is whole before anybody looks; odin is not.
			if err != nil || !found.Swapped || len(found.Differences) == 0 {
				t.Errorf("round %d: %+v, %v", round, found, err)
			}
			one.issues("A B")
			two.issues("A B")
		}
		stop()
		for range 8 {
			err := <-errs
			if err != nil {
				t.Errorf("a decision failed: %v", err)
			}
		}
		t.Logf("%d decisions", decided.Load())
		operator.compares(true)
		if found := operator.differences(); len(found) != 0 {
			t.Errorf("differences afterwards: %v", found)
		}
	})
}

// work decides until ctx ends: tokens, new grants, and the end of others. Grants that are spoilt at
// the moment may refuse; nothing may fail.
func work(ctx context.Context, a archive, n int, grants []string, decided *atomic.Int64) error {
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		<-pace.C
		_, err := a.issue(context.WithoutCancel(ctx))
		if err == nil {
			g := grant.Named(fmt.Sprintf("n%d-%d", n, i))
			err = a.ledger.Decide(context.WithoutCancel(ctx), func() error {
				return g.Open(grant.Opening{Client: "app", Account: "odin", Scope: "A", At: system.NewClock().Now()})
			}, g)
		}
		if err == nil {
			g := grant.Named(grants[(n*7+i)%len(grants)])
			err = a.ledger.Decide(context.WithoutCancel(ctx), func() error {
				g.Revoke(grant.ByAdmin, "test", system.NewClock().Now())
				return nil
			}, g)
		}
		if err != nil {
			return err
		}
		decided.Add(3)
	}
	return nil
}

func TestOfTwoComparisonsTheLaterGoesOn(t *testing.T) {
	onBothStores(t, func(t *testing.T, open func() archive) {
		first, second := open(), open()
		first.people()
		interrupted := &interruption{Draft: first.rewriter.(ports.Draft), by: func() { second.compares(false) }}
		_, err := eventsourcing.NewComparer(interrupted, first.ledger).Compare(t.Context(), true)
		if !errors.Is(err, ports.ErrConflict) {
			t.Errorf("the earlier comparison gave %v, want %v", err, ports.ErrConflict)
		}
		first.compares(false)
	})
}

// interruption lets something happen before a draft is looked at.
type interruption struct {
	ports.Draft
	by func()
}

func (i *interruption) Pairs(ctx context.Context, draft, after string, limit int, derive ports.Derivation) ([]ports.Pair, error) {
	i.by()
	return i.Draft.Pairs(ctx, draft, after, limit, derive)
}
