package portstest

import (
	"errors"
	"fmt"
	"testing"

	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

// EventStoreReplicas is the part of the contract of ports.EventStore that speaks of several
// processes. Each case gets a fresh store from open, as two processes see it.
func EventStoreReplicas(t *testing.T, open func(t *testing.T) (here, there ports.EventStore)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, here, there ports.EventStore)
	}{
		{"of many writers in two processes at one version exactly one wins", oneWinsOfTwo},
		{"of many in two processes that claim one key exactly one gets it", oneKeyOfTwo},
		{"what one process acknowledged the other one loads and checks", governsThere},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			here, there := open(t)
			c.test(t, here, there)
		})
	}
}

func oneWinsOfTwo(t *testing.T, here, there ports.EventStore) {
	req.Covers(t, "R-103", "R-249")
	id := stream("grant")
	for v := range event.Version(10) {
		errs := together(contest, func(i int) error {
			return []ports.EventStore{here, there}[i%2].Append(t.Context(), one(moving(id, v, 1)))
		})
		if won, lost := count(errs, nil), count(errs, ports.ErrConflict); won != 1 || lost != contest-1 {
			t.Fatalf("at version %d %d writers won and %d conflicted: %v", v, won, lost, errs)
		}
	}
}

func oneKeyOfTwo(t *testing.T, here, there ports.EventStore) {
	for range 10 {
		key := uniqueKey("handle")
		errs := together(contest, func(i int) error {
			return []ports.EventStore{here, there}[i%2].Append(t.Context(), claiming(stream("account"), 0, key))
		})
		taken := 0
		for _, err := range errs {
			if is := new(ports.TakenError); errors.As(err, &is) {
				taken++
			}
		}
		if won := count(errs, nil); won != 1 || taken != contest-1 {
			t.Fatalf("%d got the key and %d were told that it is taken: %v", won, taken, errs)
		}
	}
}

func governsThere(t *testing.T, here, there ports.EventStore) {
	account := stream("account")
	for v := range event.Version(20) {
		mustAppend(t, here, one(moving(account, v, 1)))
		rows, err := there.Load(t.Context(), []event.Stream{account})
		if err != nil || len(rows) != 1 || rows[0].Version != v+1 {
			t.Fatalf("after version %d was acknowledged the other process loads %v (%v)", v+1, rows, err)
		}
		stands, err := there.Confirm(t.Context(), []ports.Expectation{{Stream: account, Version: v}}, rows[0].Era)
		if err != nil || stands {
			t.Fatalf("after version %d was acknowledged the other process confirms %d (%v)", v+1, v, err)
		}
		c := one(moving(stream("grant"), 0, 1))
		c.Expects = []ports.Expectation{{Stream: account, Version: v}}
		err = there.Append(t.Context(), c)
		if !errors.Is(err, ports.ErrConflict) {
			t.Fatal(fmt.Errorf("a commit that relied on version %d gave %w", v, err))
		}
	}
}
