package portstest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Polls is the contract of ports.Polls. Each case gets a fresh one from open.
func Polls(t *testing.T, open func(t *testing.T) ports.Polls) {
	for _, c := range pollCases {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
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
		p, err := s.Poll(t.Context(), "device", c.least, now, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
		_, err = s.Poll(t.Context(), "another "+now.String(), time.Second, now, noon.Add(time.Hour))
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
	p, err := s.Poll(t.Context(), "device", least, noon.Add(time.Hour), noon.Add(2*time.Hour))
	if err != nil || p != fine(least) {
		t.Errorf("after the note was to be dropped the verdict is %+v (%v)", p, err)
	}
}

func pollsAtOnce(t *testing.T, s ports.Polls) {
	const n = 8
	verdicts := make([]ports.Poll, n)
	errs := together(n, func(i int) (err error) {
		verdicts[i], err = s.Poll(t.Context(), "device", s5, noon, noon.Add(time.Hour))
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
