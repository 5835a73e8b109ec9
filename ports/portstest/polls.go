package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

// PollingStore is a store that notes polls.
type PollingStore interface {
	ports.EventStore
	ports.Polls
}

// Polls is the contract of ports.Polls. Each case gets a fresh one from open.
func Polls(t *testing.T, open func(t *testing.T) PollingStore) {
	for _, c := range pollCases {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
	t.Run("a poll notes nothing when what was read has moved, and others beside it do", func(t *testing.T) {
		pollsOnWhatMoved(t, open(t))
	})
	t.Run("a lone poll on what has moved is a conflict", func(t *testing.T) {
		pollsAloneOnWhatMoved(t, open(t))
	})
	t.Run("of many polls at once one is the first and each other lengthens the interval", func(t *testing.T) {
		pollsAtOnce(t, open(t))
	})
}

// pollCase is a series of polls of one device, each some time after the one before.
type pollCase struct {
	sentence string
	least    time.Duration
	after    []time.Duration
	want     []ports.Poll
}

func soonPoll(interval time.Duration) ports.Poll {
	return ports.Poll{TooSoon: true, Interval: interval}
}
func fine(interval time.Duration) ports.Poll { return ports.Poll{Interval: interval} }

const (
	s4  = 4 * time.Second
	s5  = 5 * time.Second
	s10 = 10 * time.Second
	s15 = 15 * time.Second
)

var pollCases = []pollCase{
	{"the first poll is never too soon", s5, []time.Duration{0}, []ports.Poll{fine(s5)}},
	{
		"a poll is too soon when it is earlier than the interval less a second", s5,
		[]time.Duration{0, s4, s4 - time.Microsecond},
		[]ports.Poll{fine(s5), fine(s5), soonPoll(s10)},
	},
	{
		"each poll that is too soon lengthens the interval by five seconds", s5,
		[]time.Duration{0, time.Second, 8 * time.Second, 14 * time.Second, 13 * time.Second},
		[]ports.Poll{fine(s5), soonPoll(s10), soonPoll(s15), fine(s15), soonPoll(20 * time.Second)},
	},
	{
		"the time is measured from the poll before, also when that was too soon", s5,
		[]time.Duration{0, 3 * time.Second, 3 * time.Second},
		[]ports.Poll{fine(s5), soonPoll(s10), soonPoll(s15)},
	},
	{
		"the interval grows up to sixty seconds", 52 * time.Second,
		[]time.Duration{0, 0, 0, 0},
		[]ports.Poll{
			fine(52 * time.Second), soonPoll(57 * time.Second), soonPoll(time.Minute), soonPoll(time.Minute),
		},
	},
	{
		"an interval that began longer than sixty seconds stays", 90 * time.Second,
		[]time.Duration{0, time.Second},
		[]ports.Poll{fine(90 * time.Second), soonPoll(90 * time.Second)},
	},
	{
		"a poll that is dated before another is too soon", s5,
		[]time.Duration{0, -2 * time.Second, s10 + s5},
		[]ports.Poll{fine(s5), soonPoll(s10), fine(s10)},
	},
}

func (c pollCase) test(t *testing.T, s ports.Polls) {
	req.Covers(t, "R-126")
	now := noon
	var got []ports.Poll
	for _, after := range c.after {
		now = now.Add(after)
		p, err := s.Poll(t.Context(), ports.Polling{Device: "device", Least: c.least, At: now, Forget: noon.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
		_, err = s.Poll(t.Context(), ports.Polling{Device: "another " + now.String(), Least: time.Second, At: now, Forget: noon.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	afterForget(t, s, c.least)
}

// afterForget shows that a poll after the note's time is a first poll.
func afterForget(t *testing.T, s ports.Polls, least time.Duration) {
	t.Helper()
	p, err := s.Poll(t.Context(), ports.Polling{Device: "device", Least: least, At: noon.Add(time.Hour), Forget: noon.Add(2 * time.Hour)})
	if err != nil || p != fine(least) {
		t.Errorf("after the note was to be dropped the verdict is %+v (%v)", p, err)
	}
}

func pollsAtOnce(t *testing.T, s ports.Polls) {
	const n = 8
	verdicts := make([]ports.Poll, n)
	errs := together(n, func(i int) (err error) {
		verdicts[i], err = s.Poll(t.Context(), ports.Polling{Device: "device", Least: s5, At: noon, Forget: noon.Add(time.Hour)})
		return err
	})
	if count(errs, nil) != n {
		t.Fatal(errs)
	}
	seen := map[ports.Poll]int{}
	for _, p := range verdicts {
		seen[p]++
	}
	want := map[ports.Poll]int{fine(s5): 1}
	for i := 1; i < n; i++ {
		want[soonPoll(s5+time.Duration(i)*s5)] = 1
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

// pollsOnWhatMoved polls devices at once, each for an answer that rests on something else.
func pollsOnWhatMoved(t *testing.T, s PollingStore) {
	a, b := stream("device"), stream("client")
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{moving(a, 0, 2), moving(b, 0, 1)}})
	era := must(s.Load(t.Context(), []event.Stream{b}))(t)[0].Era
	reads := []struct {
		read   ports.Reading
		stands bool
	}{
		{ports.Reading{}, true},
		{ports.Reading{Streams: []ports.Expectation{{Stream: a, Version: 2}, {Stream: b, Version: 1}}, Era: era}, true},
		{ports.Reading{Streams: []ports.Expectation{{Stream: stream("device")}}, Era: era}, true},
		{ports.Reading{Streams: []ports.Expectation{{Stream: a, Version: 1}, {Stream: b, Version: 1}}, Era: era}, false},
		{ports.Reading{Streams: []ports.Expectation{{Stream: b, Version: 1}, {Stream: a}}, Era: era}, false},
		{ports.Reading{Streams: []ports.Expectation{{Stream: stream("device"), Version: 1}}, Era: era}, false},
		{ports.Reading{Streams: []ports.Expectation{{Stream: b, Version: 1}}, Era: era + 1}, false},
		{ports.Reading{Streams: []ports.Expectation{{Stream: event.Stream{Kind: "device", ID: "\x00"}, Version: 1}}, Era: era}, false},
	}
	errs := together(len(reads), func(i int) error {
		_, err := s.Poll(t.Context(), ports.Polling{
			Device: fmt.Sprint(i), Least: s5, At: noon, Forget: noon.Add(time.Hour), Read: reads[i].read,
		})
		return err
	})
	for i, r := range reads {
		if r.stands != (errs[i] == nil) || !r.stands && !errors.Is(errs[i], ports.ErrConflict) {
			t.Errorf("a poll on %+v: %v", r.read, errs[i])
		}
		p, err := s.Poll(t.Context(), ports.Polling{Device: fmt.Sprint(i), Least: s5, At: noon, Forget: noon.Add(time.Hour)})
		if err != nil || p.TooSoon != r.stands {
			t.Errorf("the poll after one on %+v: %+v (%v)", r.read, p, err)
		}
	}
}

func pollsAloneOnWhatMoved(t *testing.T, s PollingStore) {
	_, err := s.Poll(t.Context(), ports.Polling{
		Device: "device", Least: s5, At: noon, Forget: noon.Add(time.Hour),
		Read: ports.Reading{Streams: []ports.Expectation{{Stream: stream("device"), Version: 1}}, Era: 1},
	})
	if !errors.Is(err, ports.ErrConflict) {
		t.Errorf("a poll on a stream that is not there: %v", err)
	}
}
