package portstest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// Overseer is an oversight with the ledger that it decides on.
type Overseer interface {
	ports.Ledger
	ports.Oversight
}

// Oversight is the contract of ports.Oversight. Each case gets a fresh one from open.
func Oversight(t *testing.T, open func(t *testing.T) Overseer) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, o *oversight)
	}{
		{"decide is told which grants of the account are live, newest first", overseesLive},
		{"decide is called again when a grant was opened in between", overseesOpened},
		{"decide is called again when a grant ended in between", overseesEnded},
		{"of many that open grants none is overlooked", overseesContest},
		{"what is recorded is committed though grants go on being opened", overseesStorm},
		{"a refusal is returned, and what it recorded is kept", overseesRefusal},
		{"when nothing is recorded nothing is written", overseesNothing},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			o := &oversight{Overseer: open(t), t: t, ids: numbered("grant", 50), account: account.Named(oauth.AccountID(stream("account").ID))}
			o.record(func() error {
				return o.account.Open(account.Opening{Profile: account.Profile{Handle: event.Personal("h" + o.account.ID()[:19])}, Permissions: "A B", At: noon})
			}, o.account)
			c.test(t, o)
		})
	}
}

// oversight is an Overseer of one account.
type oversight struct {
	Overseer
	t       *testing.T
	account *account.Account
	ids     []event.Stream // of grants to come, which sort by age as those that are drawn do
}

func (o *oversight) nextGrant() *grant.Grant {
	id := o.ids[0].ID
	o.ids = o.ids[1:]
	return grant.Named(id)
}

func (o *oversight) record(decide func() error, about ...event.Aggregate) {
	o.t.Helper()
	if err := o.Decide(o.t.Context(), decide, about...); err != nil {
		o.t.Fatal(err)
	}
}

// open opens a grant of an account that lives for a time.
func (o *oversight) open(of oauth.AccountID, lifetime time.Duration) account.Given {
	o.t.Helper()
	g := o.nextGrant()
	o.record(func() error {
		return g.Open(grant.Opening{Client: "app", Account: of, Scope: "openid A", Lifetimes: oauth.Lifetimes{Access: lifetime}, At: noon})
	}, g)
	return account.Given{Grant: g.ID(), Scope: "openid A"}
}

// change takes a permission, and calls between before that is committed, with the number of the try.
// It gives what each try was told.
func (o *oversight) change(between func(try int)) [][]account.Given {
	o.t.Helper()
	told, err := o.tryChange(between)
	if err != nil {
		o.t.Fatal(err)
	}
	return told
}

func (o *oversight) tryChange(between func(try int)) (told [][]account.Given, err error) {
	a := account.Named(o.account.AccountID())
	err = o.DecideAmong(o.t.Context(), a.AccountID(), noon, func(live []account.Given) error {
		told = append(told, live)
		between(len(told))
		return a.SetPermissions("B", noon, live...)
	}, a)
	return told, err
}

func (o *oversight) saw(want, got [][]account.Given) {
	o.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		o.t.Errorf("decide was told (-want +got):\n%s", diff)
	}
}

func never(int) {}

func overseesLive(_ *testing.T, o *oversight) {
	first := o.open(o.account.AccountID(), time.Hour)
	o.open(o.account.AccountID(), 0) // it ends where it is looked at
	o.open("somebody-else", time.Hour)
	second := o.open(o.account.AccountID(), time.Microsecond)
	o.saw([][]account.Given{{second, first}}, o.change(never))
}

func overseesOpened(_ *testing.T, o *oversight) {
	first := o.open(o.account.AccountID(), time.Hour)
	var second account.Given
	told := o.change(func(try int) {
		if try == 1 {
			second = o.open(o.account.AccountID(), time.Hour)
			o.open("somebody-else", time.Hour)
		}
	})
	o.saw([][]account.Given{{first}, {second, first}}, told)
}

func overseesEnded(_ *testing.T, o *oversight) {
	first := o.open(o.account.AccountID(), time.Hour)
	told := o.change(func(try int) {
		if try == 1 {
			g := grant.Named(first.Grant)
			o.record(func() error { g.Revoke(grant.ByOwner, "", noon); return nil }, g)
		}
	})
	o.saw([][]account.Given{{first}, {}}, told)
}

// overseesContest opens grants while the account changes: each is opened on the account as it was
// before, and then the change has seen it, or on what the change has made of it.
func overseesContest(t *testing.T, o *oversight) {
	opened := make([]oauth.Scope, 3)
	ids := o.ids
	var told [][]account.Given
	for i, err := range together(len(opened)+1, func(i int) error {
		if i == len(opened) {
			var err error
			told, err = o.tryChange(never)
			return err
		}
		g, a := grant.Named(ids[i].ID), account.Named(o.account.AccountID())
		return o.Decide(t.Context(), func() error {
			opened[i] = a.Permissions()
			return g.Open(grant.Opening{Client: "app", Account: a.AccountID(), Scope: opened[i], Lifetimes: oauth.Lifetimes{Access: time.Hour}, At: noon})
		}, g, a)
	}) {
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	seen := map[string]bool{}
	for _, g := range told[len(told)-1] {
		seen[g.Grant] = true
	}
	for i, scope := range opened {
		if seen[ids[i].ID] != (scope == "A B") {
			t.Errorf("grant %d was opened with %q, and seen: %t", i, scope, seen[ids[i].ID])
		}
	}
}

func overseesStorm(t *testing.T, o *oversight) {
	told := o.change(func(int) { o.open(o.account.AccountID(), time.Hour) })
	if len(told) < 2 || len(told[len(told)-1]) != len(told)-1 {
		t.Errorf("decide was told %d times, of %d grants in the end", len(told), len(told[len(told)-1]))
	}
	if err := o.Load(t.Context(), o.account); err != nil || o.account.Permissions() != "B" {
		t.Errorf("the account holds %q, %v", o.account.Permissions(), err)
	}
}

func overseesRefusal(t *testing.T, o *oversight) {
	no := errors.New("no")
	a := account.Named(o.account.AccountID())
	err := o.DecideAmong(t.Context(), a.AccountID(), noon, func(live []account.Given) error {
		return errors.Join(a.SetPermissions("B", noon, live...), no)
	}, a)
	if !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	if err := o.Load(t.Context(), o.account); err != nil || o.account.Permissions() != "B" {
		t.Errorf("the account holds %q, %v", o.account.Permissions(), err)
	}
}

func overseesNothing(t *testing.T, o *oversight) {
	a := account.Named(o.account.AccountID())
	err := o.DecideAmong(t.Context(), a.AccountID(), noon, func([]account.Given) error { return nil }, a)
	if err != nil {
		t.Error(err)
	}
	if err := o.Load(t.Context(), o.account); err != nil || o.account.Version() != a.Version() {
		t.Errorf("the account is at version %d, %v", o.account.Version(), err)
	}
}
