package eventsourcing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
	"writ/ports/portstest/req"
)

// watched is a store that counts how often something is loaded from it.
type watched struct {
	*ledgertest.Store
	loads atomic.Int64
	after func() // called once, when the next load has its answer
}

func (s *watched) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	s.loads.Add(1)
	rows, err := s.Store.Load(ctx, streams)
	if do := s.after; do != nil {
		s.after = nil
		do()
	}
	return rows, err
}

// replica is one of several processes on one store; that of its world is another.
type replica struct {
	*ledgertest.World
	store  *watched
	ledger *eventsourcing.Ledger
	tries  int
}

var machine = client.Settings{
	Name: "Machine", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit,
	Allowed: "A B C", Grants: []oauth.GrantType{oauth.ClientCredentialsGrant},
}

// newReplica is one that has seen odin, who holds A and B, and his client.
func newReplica(t *testing.T) *replica {
	t.Helper()
	r := &replica{World: ledgertest.New(t)}
	r.Account("odin", "A B")
	r.Client("machine", "odin", machine)
	r.store = &watched{Store: r.Store}
	r.ledger = eventsourcing.NewLedger(r.store, r.Keeper, r.Entropy)
	r.issues(t, "secret", nil)
	r.forgetCounts()
	return r
}

func (r *replica) forgetCounts() {
	r.tries = 0
	r.store.loads.Store(0)
}

// issue gives the client a token for all that its owner holds.
func (r *replica) issue(ctx context.Context, secret oauth.Secret) error {
	c, owner, i := client.Named("machine"), account.Named(""), token.Unissued(r.Entropy.ID())
	return r.ledger.Decide(ctx, func() error {
		r.tries++
		return issued(c, owner, i, secret, r.Clock.Now())
	}, c, owner, i)
}

func issued(c *client.Client, owner *account.Account, i *token.Issuance, secret oauth.Secret, at time.Time) error {
	err := c.Authenticate(client.Credentials{ID: c.ClientID(), Method: oauth.AuthClientSecretBasic, Secret: secret}, at)
	if err == nil {
		err = owner.Served()
	}
	if err == nil {
		i.Issue(token.Issued{Client: c.ClientID(), Account: owner.AccountID(), Scope: owner.Permissions(), ExpiresAt: at}, at)
	}
	return err
}

func (r *replica) issues(t *testing.T, secret oauth.Secret, want error) {
	t.Helper()
	if err := r.issue(t.Context(), secret); err != want {
		t.Errorf("a token for %q: got %v, want %v", secret.Reveal(), err, want)
	}
}

func TestADecisionOnWhatIsRememberedReadsNothing(t *testing.T) {
	r := newReplica(t)
	for range 3 {
		r.issues(t, "secret", nil)
	}
	if loads := r.store.loads.Load(); loads != 0 || r.tries != 3 {
		t.Errorf("3 tokens took %d loads and %d decisions", loads, r.tries)
	}
}

// TestWhatAnotherReplicaCommittedGovernsAtOnce lets something befall a client or its owner behind
// the back of a replica that remembers both, before the decision or between it and its commit.
func TestWhatAnotherReplicaCommittedGovernsAtOnce(t *testing.T) {
	req.Covers(t, "R-094")
	rotate := func(r *replica) {
		r.ChangeClient("machine", func(c *client.Client) error {
			return c.RotateSecret(oauth.DigestOf([]byte("new")), r.Clock.Now(), r.Clock.Now())
		})
	}
	for name, change := range map[string]struct {
		befalls func(*replica)
		secret  oauth.Secret
		want    error
	}{
		"a new secret works":           {rotate, "new", nil},
		"an old secret does not":       {rotate, "secret", client.ErrAuthentication},
		"a client is deleted":          {func(r *replica) { r.ChangeClient("machine", remove(r)) }, "secret", client.ErrAuthentication},
		"an account is suspended":      {func(r *replica) { r.ChangeAccount("odin", suspend(r)) }, "secret", account.ErrNotServed},
		"an account is erased":         {func(r *replica) { r.ChangeAccount("odin", erase(r)) }, "secret", account.ErrNotServed},
		"an account was not forgotten": {func(*replica) {}, "secret", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplica(t)
			change.befalls(r)
			r.issues(t, change.secret, change.want)
			r.issues(t, change.secret, change.want)
		})
		t.Run(name+" meanwhile", func(t *testing.T) {
			r := newReplica(t)
			r.Store.BeforeNextAppend(func() { change.befalls(r) })
			if change.secret == "new" {
				change.befalls(r)
			}
			r.issues(t, change.secret, change.want)
		})
	}
}

func remove(r *replica) func(*client.Client) error {
	return func(c *client.Client) error { return c.Delete(r.Clock.Now()) }
}

func suspend(r *replica) func(*account.Account) error {
	return func(a *account.Account) error { return a.Suspend(r.Clock.Now()) }
}

func erase(r *replica) func(*account.Account) error {
	return func(a *account.Account) error { return a.Delete(r.Clock.Now()) }
}

func TestAPermissionThatWasTakenElsewhereIsNotGiven(t *testing.T) {
	req.Covers(t, "R-116")
	r := newReplica(t)
	r.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("A", r.Clock.Now()) })
	r.issues(t, "secret", nil)
	facts := r.Store.Facts()
	if got := string(facts[len(facts)-1].Data); got != `{"client":"machine","account":"odin","scope":"A","exp":"2026-03-01T12:00:00Z"}` {
		t.Errorf("the token is %s", got)
	}
	if r.tries != 2 || r.store.loads.Load() != 1 {
		t.Errorf("it took %d decisions and %d loads", r.tries, r.store.loads.Load())
	}
	r.issues(t, "secret", nil)
	if r.tries != 3 || r.store.loads.Load() != 1 {
		t.Errorf("with the next one it took %d decisions and %d loads", r.tries, r.store.loads.Load())
	}
}

func TestARefusalIsConfirmed(t *testing.T) {
	r := newReplica(t)
	before := r.Store.Confirms()
	r.issues(t, "wrong", client.ErrAuthentication)
	if r.tries != 1 || r.store.loads.Load() != 0 || r.Store.Confirms() != before+1 {
		t.Errorf("it took %d decisions, %d loads and %d confirmations, want 1, 0 and 1", r.tries, r.store.loads.Load(), r.Store.Confirms()-before)
	}
	r.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("A", r.Clock.Now()) })
	r.issues(t, "wrong", client.ErrAuthentication)
	if r.tries != 3 || r.store.loads.Load() != 1 {
		t.Errorf("after a change it took %d decisions and %d loads, want 2 more and 1", r.tries, r.store.loads.Load())
	}
	outage := errors.New("the disk is gone")
	r.Store.Fail(outage)
	if err := r.issue(t.Context(), "wrong"); !errors.Is(err, outage) {
		t.Errorf("during an outage: got %v", err)
	}
}

func TestDoingNothingIsDecidedOnWhatWasRead(t *testing.T) {
	r := newReplica(t)
	r.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("C", r.Clock.Now()) })
	a := account.Named("odin")
	err := r.ledger.Decide(t.Context(), func() error { return a.SetPermissions("A B", r.Clock.Now()) }, a)
	if err != nil {
		t.Fatal(err)
	}
	now := account.Named("odin")
	r.Load(now)
	if now.Permissions() != "A B" {
		t.Errorf("the account holds %q", now.Permissions())
	}
}

func TestAValueThatIsTakenIsFoundSoOnWhatWasRead(t *testing.T) {
	r := newReplica(t)
	r.Account("loki", "")
	r.ChangeAccount("odin", erase(r))
	a := account.Named("odin")
	err := r.ledger.Decide(t.Context(), func() error {
		return a.SetProfile(account.Profile{Handle: "loki"}, r.Clock.Now())
	}, a)
	if !errors.Is(err, account.ErrDeleted) {
		t.Errorf("got %v, want what is true of the account now", err)
	}
}

func TestWhatAReplicaChangedItDoesNotRemember(t *testing.T) {
	r := newReplica(t)
	a := account.Named("odin")
	err := r.ledger.Decide(t.Context(), func() error { return a.SetPermissions("B", r.Clock.Now()) }, a)
	if err != nil {
		t.Fatal(err)
	}
	r.forgetCounts()
	r.issues(t, "secret", nil)
	if r.tries != 1 || r.store.loads.Load() != 1 {
		t.Errorf("it took %d decisions and %d loads, want one of each", r.tries, r.store.loads.Load())
	}
}

func TestASlowReaderDoesNotBringBackWhatWasErased(t *testing.T) {
	r := newReplica(t)
	r.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("A", r.Clock.Now()) })
	r.store.after = func() {
		a := account.Named("odin")
		if err := r.ledger.Decide(t.Context(), func() error { return a.Delete(r.Clock.Now()) }, a); err != nil {
			t.Error(err)
		}
	}
	slow := account.Named("odin")
	if err := r.ledger.Load(t.Context(), slow); err != nil || slow.View().Deleted {
		t.Fatalf("the slow reader sees %v, %v", slow.View().Deleted, err)
	}
	r.forgetCounts()
	r.issues(t, "secret", account.ErrNotServed)
	if r.tries != 1 {
		t.Errorf("it took %d decisions: the first was made on what was remembered of an erased account", r.tries)
	}
}

func TestALoadIsNeverAnsweredFromMemoryAlone(t *testing.T) {
	r := newReplica(t)
	c, a := client.Named("machine"), account.Named("")
	if err := r.ledger.Load(t.Context(), c, a); err != nil || a.Permissions() != "A B" || r.store.loads.Load() != 0 {
		t.Errorf("what stands was loaded %d times; the account holds %q: %v", r.store.loads.Load(), a.Permissions(), err)
	}
	r.ChangeAccount("odin", suspend(r))
	if err := r.ledger.Load(t.Context(), c, a); err != nil || a.Served() == nil {
		t.Errorf("the account is served, or could not be loaded: %v", err)
	}
	r.Store.Fail(errRefused)
	if err := r.ledger.Load(t.Context(), c, a); !errors.Is(err, errRefused) {
		t.Errorf("during an outage: got %v", err)
	}
}

func TestARowThatWasRewrittenIsReadAgain(t *testing.T) {
	r := newReplica(t)
	r.Store.Alter(event.Stream{Kind: "account", ID: "odin"}, func(row *ports.Row) {
		row.Data = []byte(`{"account":"odin","profile":{},"permissions":"C","created":"2026-03-01T12:00:00Z","updated":"2026-03-01T12:00:00Z"}`)
	})
	a := account.Named("odin")
	if err := r.ledger.Load(t.Context(), a); err != nil || a.Permissions() != "C" {
		t.Errorf("the account holds %q, %v", a.Permissions(), err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	r := newReplica(t)
	owned := machine
	for i := range 4096 {
		id := oauth.ClientID(fmt.Sprintf("c%d", i))
		r.Client(id, "", owned)
		if err := r.ledger.Load(t.Context(), client.Named(id)); err != nil {
			t.Fatal(err)
		}
	}
	r.forgetCounts()
	r.issues(t, "secret", nil)
	if r.store.loads.Load() != 1 {
		t.Error("after 4096 other clients the first one is still remembered")
	}
}

func TestWhatIsAskedForIsKept(t *testing.T) {
	r := newReplica(t)
	for i := range 6000 {
		id := oauth.ClientID(fmt.Sprintf("c%d", i))
		r.Client(id, "", machine)
		if err := r.ledger.Load(t.Context(), client.Named(id)); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			r.forgetCounts()
			r.issues(t, "secret", nil)
			if r.store.loads.Load() != 0 {
				t.Fatalf("after %d other clients one that was used all the time is forgotten", i)
			}
		}
	}
}

// TestEveryTokenIsForWhatWasHeldWhenItWasCommitted lets two replicas issue while a third changes
// what the owner holds, and reads in the log what stood when each token was committed.
func TestEveryTokenIsForWhatWasHeldWhenItWasCommitted(t *testing.T) {
	r := newReplica(t)
	other := &replica{World: r.World, store: r.store, ledger: eventsourcing.NewLedger(r.store, r.Keeper, r.Entropy)}
	var all sync.WaitGroup
	for _, replica := range []*replica{r, other} {
		for range 4 {
			all.Go(func() {
				for range 50 {
					c, owner, i := client.Named("machine"), account.Named(""), token.Unissued(r.Entropy.ID())
					err := replica.ledger.Decide(t.Context(), func() error { return issued(c, owner, i, "secret", r.Clock.Now()) }, c, owner, i)
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	for i := range 100 {
		r.ChangeAccount("odin", func(a *account.Account) error {
			return a.SetPermissions(oauth.Scope([]string{"A", "B", "A C"}[i%3]), r.Clock.Now())
		})
	}
	all.Wait()
	r.holdsAtEachCommit(t)
}

func (r *replica) holdsAtEachCommit(t *testing.T) {
	t.Helper()
	held, tokens := oauth.Scope("A B"), 0
	for _, f := range r.Store.Facts() {
		var said struct{ Scope, Permissions oauth.Scope }
		if err := json.Unmarshal(f.Data, &said); err != nil {
			t.Fatal(err)
		}
		switch f.Name {
		case "permissions_changed":
			held = said.Permissions
		case "issued":
			tokens++
			if said.Scope != held {
				t.Errorf("at %d a token for %q was committed while %q was held", f.Position, said.Scope, held)
			}
		}
	}
	if tokens != 401 {
		t.Errorf("%d tokens stand in the log", tokens)
	}
}

func TestWhatIsRememberedStaysAsItIsWhateverIsDecided(t *testing.T) {
	r := newReplica(t)
	window := time.Minute
	changed := machine
	changed.Grants, changed.ReuseWindow = []oauth.GrantType{oauth.DeviceCodeGrant}, &window
	for name, act := range map[string]func(*client.Client, *account.Account) error{
		"a secret": func(c *client.Client, _ *account.Account) error {
			return c.RotateSecret("d", r.Clock.Now(), r.Clock.Now())
		},
		"settings":  func(c *client.Client, _ *account.Account) error { return c.Change(changed, r.Clock.Now()) },
		"no client": func(c *client.Client, _ *account.Account) error { return c.Delete(r.Clock.Now()) },
		"a profile": func(_ *client.Client, a *account.Account) error {
			return a.SetProfile(account.Profile{Handle: "x"}, r.Clock.Now())
		},
		"permissions": func(_ *client.Client, a *account.Account) error { return a.SetPermissions("C", r.Clock.Now()) },
		"a password":  func(_ *client.Client, a *account.Account) error { return a.SetPassword("p", r.Clock.Now()) },
		"no account":  func(_ *client.Client, a *account.Account) error { return a.Delete(r.Clock.Now()) },
	} {
		outage := errors.New("the disk is gone")
		r.Store.BeforeNextAppend(func() { r.Store.Fail(outage) })
		c, a := client.Named("machine"), account.Named("odin")
		err := r.ledger.Decide(t.Context(), func() error { return act(c, a) }, c, a)
		if !errors.Is(err, outage) || r.store.loads.Load() != 0 {
			t.Fatalf("%s: got %v after %d loads", name, err, r.store.loads.Load())
		}
		r.Store.Fail(nil)
		var seen, there [2]any
		err = r.ledger.Decide(t.Context(), func() error {
			if r.store.loads.Load() == 0 {
				seen = [2]any{c.View(), a.View()}
			}
			return errRefused
		}, c, a)
		r.Load(c, a)
		there = [2]any{c.View(), a.View()}
		if diff := cmp.Diff(there, seen); diff != "" || err != errRefused {
			t.Errorf("after deciding on %s it remembers another state (-stored +remembered): %v\n%s", name, err, diff)
		}
		r.forgetCounts()
	}
}

func TestAnAggregateMayDecideAgain(t *testing.T) {
	r := newReplica(t)
	owner, c := account.Named("odin"), client.Unregistered("second")
	decide := func() error {
		return c.Register(client.Registration{ID: r.Entropy.ID(), Owner: owner.AccountID(), Settings: machine, At: r.Clock.Now()})
	}
	if err := r.ledger.Decide(t.Context(), decide, owner, c); err != nil {
		t.Fatal(err)
	}
	if err := r.ledger.Decide(t.Context(), decide, owner, c); !errors.Is(err, ports.ErrConflict) {
		t.Errorf("to begin again what has begun: got %v, want ErrConflict", err)
	}
}
