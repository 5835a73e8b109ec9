package portstest

import (
	"testing"

	"writ/domain/event"
	"writ/ports"
)

var rowCases = []storeCase{
	{"a load brings the accounts and the clients of its rows", links},
	{"a stream without a row is left out of a load", leftOut},
	{"a load of nothing is nothing", nothing},
	{"a row that is no longer given is gone", rowGone},
	{"what was committed before a load is seen by it", readsOwnWrites},
}

var historyCases = []storeCase{
	{"a history begins after a version and is in order", historyAfter},
	{"a history is read to its end however long it is", longHistory},
	{"a history can be left early", historyLeft},
	{"the history of an unknown stream is empty", historyUnknown},
}

func links(t *testing.T, s ports.EventStore) {
	account, client, owner := stream("account"), stream("client"), stream("account")
	grant, unrelated := stream("grant"), stream("grant")
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{
		moving(account, 0, 1), moving(owner, 0, 1), owned(moving(client, 0, 2), owner.ID, client.ID),
		owned(moving(grant, 0, 3), account.ID, client.ID), owned(moving(unrelated, 0, 1), account.ID, ""),
	}})
	same(t, "of a grant", versions(t, s, grant), map[event.Stream]event.Version{grant: 3, account: 1, client: 2})
	same(t, "of a client", versions(t, s, client), map[event.Stream]event.Version{client: 2, owner: 1})
	same(t, "asked for twice", versions(t, s, grant, account, grant),
		map[event.Stream]event.Version{grant: 3, account: 1, client: 2})
}

func leftOut(t *testing.T, s ports.EventStore) {
	grant := stream("grant")
	mustAppend(t, s, one(owned(moving(grant, 0, 1), "nobody", "nothing")))
	same(t, "rows", versions(t, s, grant, stream("grant"), event.Stream{Kind: "grant", ID: "\x00"}),
		map[event.Stream]event.Version{grant: 1})
}

func nothing(t *testing.T, s ports.EventStore) {
	same(t, "rows", loaded(t, s), map[event.Stream]ports.Row{})
}

func rowGone(t *testing.T, s ports.EventStore) {
	id := stream("session")
	mustAppend(t, s, one(moving(id, 0, 1)))
	mustAppend(t, s, one(ports.Append{Stream: id, Expected: 1, Facts: facts(id, 1, 1)}))
	same(t, "rows", loaded(t, s, id), map[event.Stream]ports.Row{})
	refused(t, s, one(moving(id, 0, 1)), ports.ErrConflict)
	mustAppend(t, s, one(moving(id, 2, 1)))
	same(t, "rows", versions(t, s, id), map[event.Stream]event.Version{id: 3})
}

func readsOwnWrites(t *testing.T, s ports.EventStore) {
	errs := together(contest, func(int) error {
		id := stream("grant")
		for v := range event.Version(6) {
			err := s.Append(t.Context(), one(moving(id, v, 1)))
			if err != nil {
				return err
			}
			rows, err := s.Load(t.Context(), []event.Stream{id})
			if err != nil {
				return err
			}
			if len(rows) != 1 || rows[0].Version != v+1 {
				t.Errorf("after version %d was committed a load brought %v", v+1, rows)
			}
		}
		return nil
	})
	if count(errs, nil) != contest {
		t.Error(errs)
	}
}

func historyAfter(t *testing.T, s ports.EventStore) {
	id := stream("grant")
	a, b := moving(id, 0, 3), moving(id, 3, 2)
	mustAppend(t, s, one(a))
	mustAppend(t, s, one(b))
	same(t, "after 2", history(t, s, id, 2), append(a.Facts[2:], b.Facts...), withoutPositions)
	same(t, "after the end", history(t, s, id, 5), []event.Fact(nil))
}

func longHistory(t *testing.T, s ports.EventStore) {
	id := stream("account")
	for v := event.Version(0); v < 1000; v += 250 {
		mustAppend(t, s, one(moving(id, v, 250)))
	}
	all := history(t, s, id, 0)
	if len(all) != 1000 {
		t.Fatalf("the history has %d facts, want 1000", len(all))
	}
	for i, f := range all {
		if f.Version != event.Version(i+1) {
			t.Fatalf("fact %d is version %d", i, f.Version)
		}
	}
}

func historyLeft(t *testing.T, s ports.EventStore) {
	id := stream("account")
	mustAppend(t, s, one(moving(id, 0, 10)))
	for range contest { // more than there are connections
		for f, err := range s.History(t.Context(), id, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Version == 2 {
				break
			}
		}
	}
	same(t, "versions", versions(t, s, id), map[event.Stream]event.Version{id: 10})
}

func historyUnknown(t *testing.T, s ports.EventStore) {
	same(t, "history", history(t, s, stream("grant"), 0), []event.Fact(nil))
}
