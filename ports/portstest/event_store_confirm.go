package portstest

import (
	"testing"

	"writ/domain/event"
	"writ/ports"
)

var confirmCases = []storeCase{
	{"what stands where it was read is confirmed", confirms},
	{"what moved, began or ended since is not", confirmsNoMore},
	{"a name that no stream can have is absent", confirmsAbsence},
	{"what was committed before a confirmation is seen by it", confirmsOwnWrites},
}

// confirmed asks for a confirmation in the era of the store.
func confirmed(t *testing.T, s ports.EventStore, read ...ports.Expectation) bool {
	t.Helper()
	id := stream("client")
	mustAppend(t, s, one(moving(id, 0, 1)))
	rows := must(s.Load(t.Context(), []event.Stream{id}))(t)
	return must(s.Confirm(t.Context(), read, rows[0].Era))(t)
}

func confirms(t *testing.T, s ports.EventStore) {
	a, b := stream("grant"), stream("account")
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{moving(a, 0, 3), moving(b, 0, 1)}})
	for _, read := range [][]ports.Expectation{
		{{Stream: a, Version: 3}},
		{{Stream: a, Version: 3}, {Stream: b, Version: 1}, {Stream: a, Version: 3}},
		{{Stream: b, Version: 1}, {Stream: stream("grant")}},
	} {
		if !confirmed(t, s, read...) {
			t.Errorf("%v is not confirmed", read)
		}
	}
}

func confirmsNoMore(t *testing.T, s ports.EventStore) {
	a, begun, ended := stream("grant"), stream("grant"), stream("session")
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{moving(a, 0, 3), moving(begun, 0, 1), moving(ended, 0, 1)}})
	mustAppend(t, s, one(ports.Append{Stream: ended, Expected: 1, Facts: facts(ended, 1, 1)}))
	for _, read := range [][]ports.Expectation{
		{{Stream: a, Version: 2}},
		{{Stream: a, Version: 4}},
		{{Stream: begun}},
		{{Stream: ended, Version: 1}},
		{{Stream: a, Version: 3}, {Stream: begun, Version: 1}, {Stream: stream("grant"), Version: 1}},
		{{Stream: a, Version: 3}, {Stream: a, Version: 2}},
	} {
		if confirmed(t, s, read...) {
			t.Errorf("%v is confirmed", read)
		}
	}
}

func confirmsAbsence(t *testing.T, s ports.EventStore) {
	none := event.Stream{Kind: "grant", ID: "\x00"}
	if !confirmed(t, s, ports.Expectation{Stream: none}) {
		t.Error("its absence is not confirmed")
	}
	if confirmed(t, s, ports.Expectation{Stream: none, Version: 1}) {
		t.Error("its presence is confirmed")
	}
}

func confirmsOwnWrites(t *testing.T, s ports.EventStore) {
	of := stream("client")
	mustAppend(t, s, one(moving(of, 0, 1)))
	era := must(s.Load(t.Context(), []event.Stream{of}))(t)[0].Era
	errs := together(contest, func(int) error {
		id := stream("grant")
		for v := range event.Version(6) {
			err := s.Append(t.Context(), one(moving(id, v, 1)))
			if err != nil {
				return err
			}
			before, err := s.Confirm(t.Context(), []ports.Expectation{{Stream: id, Version: v}}, era)
			if err != nil || before {
				t.Errorf("after version %d was committed %d is confirmed: %v", v+1, v, err)
			}
			after, err := s.Confirm(t.Context(), []ports.Expectation{{Stream: id, Version: v + 1}}, era)
			if err != nil || !after {
				t.Errorf("version %d was committed and is not confirmed: %v", v+1, err)
			}
		}
		return nil
	})
	if count(errs, nil) != contest {
		t.Error(errs)
	}
}
