package portstest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/ports"
)

// InboxWorld is an inbox with those around it.
type InboxWorld struct {
	Inbox ports.Inbox
	// Tell publishes a change of an account that can be followed, and returns its place.
	Tell func(t *testing.T, account string) uint64
	// TellNonsense publishes what cannot be followed, waits until it is rejected, and returns its
	// place.
	TellNonsense func(t *testing.T, body string) uint64
	// Followed gives the accounts of all changes that were followed so far, in their order.
	Followed func() []string
	// Know says whether all that was told is known from now on; at first nothing is, however often it
	// is followed.
	Know func(known bool)
	// Settle waits until so many changes were followed.
	Settle func(t *testing.T, n int)
}

// Inbox is the suite of ports.Inbox. Each call of open gives one that is empty.
func Inbox(t *testing.T, open func(t *testing.T) InboxWorld) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, InboxWorld){
		"an empty inbox":         emptyInbox,
		"what was rejected":      rejectedOfInbox,
		"replay":                 replayOfInbox,
		"replay of one account":  replayOfAccount,
		"replay in steps":        replayInSteps,
		"replay of the known":    replayOfTheKnown,
		"replay that only looks": replayThatLooks,
		"replay since a moment":  replaySince,
		"replay of nonsense":     replayOfNonsense,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func emptyInbox(t *testing.T, w InboxWorld) {
	found, err := w.Inbox.Rejected(t.Context(), 0, 10)
	if err != nil || len(found) != 0 {
		t.Errorf("lists %v, %v", found, err)
	}
	for _, place := range []uint64{0, 1, 1 << 62} {
		if _, err := w.Inbox.Rejection(t.Context(), place); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("place %d: %v", place, err)
		}
	}
	w.replays(t, ports.Replay{}, ports.Replayed{Done: true})
	w.replays(t, ports.Replay{From: 7}, ports.Replayed{Done: true})
}

// replays runs a replay, and compares what came of it but for the refusals.
func (w InboxWorld) replays(t *testing.T, what ports.Replay, want ports.Replayed) []ports.Rejection {
	t.Helper()
	got, err := w.Inbox.Replay(t.Context(), what)
	refusals := got.Refusals
	got.Refusals = nil
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("replay %+v: %v (-want +got):\n%s", what, err, diff)
	}
	return refusals
}

func rejectedOfInbox(t *testing.T, w InboxWorld) {
	var told []uint64
	for i := range 3 {
		told = append(told, w.TellNonsense(t, fmt.Sprintf("nonsense %d", i)))
	}
	all, err := w.Inbox.Rejected(t.Context(), 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("lists %v, %v", all, err)
	}
	for i, r := range all {
		if r.Place == 0 || r.Message != told[i] || r.Reason == "" || r.At.IsZero() || r.Size != len("nonsense 0") || r.Body != nil {
			t.Errorf("rejection %d: %+v", i, r)
		}
		whole, err := w.Inbox.Rejection(t.Context(), r.Place)
		r.Body = fmt.Appendf(nil, "nonsense %d", i)
		if diff := cmp.Diff(r, whole); err != nil || diff != "" {
			t.Errorf("rejection %d: %v (-listed +shown):\n%s", i, err, diff)
		}
	}
	two, err := w.Inbox.Rejected(t.Context(), all[0].Place, 1)
	if diff := cmp.Diff(all[1:2], two); err != nil || diff != "" {
		t.Errorf("after the first: %v (-want +got):\n%s", err, diff)
	}
	none, err := w.Inbox.Rejected(t.Context(), all[2].Place, 10)
	if err != nil || len(none) != 0 {
		t.Errorf("after the last: %v, %v", none, err)
	}
}

// tellAll tells of accounts, and returns the places when all were followed.
func (w InboxWorld) tellAll(t *testing.T, accounts ...string) []uint64 {
	t.Helper()
	var places []uint64
	for _, a := range accounts {
		places = append(places, w.Tell(t, a))
	}
	w.Settle(t, len(accounts))
	return places
}

func replayOfInbox(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b", "a", "c")
	last := places[3] + 1
	w.replays(t, ports.Replay{}, ports.Replayed{Seen: 4, Followed: 4, Changed: 4, Next: last, Done: true})
	w.replays(t, ports.Replay{From: places[2]}, ports.Replayed{Seen: 2, Followed: 2, Changed: 2, Next: last, Done: true})
	w.replays(t, ports.Replay{From: last}, ports.Replayed{Done: true})
	got := w.Followed()[4:]
	slices.Sort(got[:4])
	slices.Sort(got[4:])
	if diff := cmp.Diff([]string{"a", "a", "b", "c", "a", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

func replayOfAccount(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b", "a", "c")
	w.replays(t, ports.Replay{Account: "a"}, ports.Replayed{Seen: 4, Followed: 2, Changed: 2, Next: places[3] + 1, Done: true})
	if diff := cmp.Diff([]string{"a", "a"}, w.Followed()[4:]); diff != "" {
		t.Error(diff)
	}
}

func replayInSteps(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b", "c")
	w.replays(t, ports.Replay{Limit: 2}, ports.Replayed{Seen: 2, Followed: 2, Changed: 2, Next: places[2]})
	w.replays(t, ports.Replay{From: places[2], Limit: 2}, ports.Replayed{Seen: 1, Followed: 1, Changed: 1, Next: places[2] + 1, Done: true})
}

func replayOfTheKnown(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b")
	w.Know(true)
	for _, dry := range []bool{true, false} {
		w.replays(t, ports.Replay{DryRun: dry}, ports.Replayed{Seen: 2, Followed: 2, Next: places[1] + 1, Done: true})
	}
}

func replayThatLooks(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b")
	w.replays(t, ports.Replay{DryRun: true}, ports.Replayed{Seen: 2, Followed: 2, Changed: 2, Next: places[1] + 1, Done: true})
	if got := w.Followed(); len(got) != 2 {
		t.Errorf("looking followed %v", got[2:])
	}
}

func replaySince(t *testing.T, w InboxWorld) {
	places := w.tellAll(t, "a", "b")
	long, soon := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	w.replays(t, ports.Replay{Since: long}, ports.Replayed{Seen: 2, Followed: 2, Changed: 2, Next: places[1] + 1, Done: true})
	w.replays(t, ports.Replay{Since: soon}, ports.Replayed{Done: true})
	w.replays(t, ports.Replay{Since: soon, From: places[1]}, ports.Replayed{Seen: 1, Followed: 1, Changed: 1, Next: places[1] + 1, Done: true})
}

func replayOfNonsense(t *testing.T, w InboxWorld) {
	first := w.TellNonsense(t, "nonsense")
	places := w.tellAll(t, "a")
	refusals := w.replays(t, ports.Replay{}, ports.Replayed{Seen: 2, Followed: 1, Changed: 1, Refused: 1, Next: places[0] + 1, Done: true})
	if len(refusals) != 1 || refusals[0].Message != first || refusals[0].Reason == "" || refusals[0].Body != nil {
		t.Errorf("refused %+v", refusals)
	}
	again, err := w.Inbox.Rejected(t.Context(), 0, 10)
	if err != nil || len(again) != 1 {
		t.Errorf("after the replay %v are rejected, %v", again, err)
	}
}
