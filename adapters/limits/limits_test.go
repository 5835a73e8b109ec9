package limits_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"writ/adapters/limits"
	"writ/ports"
	"writ/ports/portstest"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestLimits(t *testing.T) {
	portstest.Limits(t, func(most int, window time.Duration) ports.Limits { return limits.New(most, window) })
}

func TestTooManyKeysForgetTheOldest(t *testing.T) {
	l := limits.NewBounded(1, time.Hour, 3)
	for _, key := range []string{"a", "b", "c", "a", "d"} { // a failed again after b
		l.Fail(key, noon)
	}
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if got := l.Blocked(key, noon) > 0; got != want {
			t.Errorf("%s is blocked: %t", key, got)
		}
	}
}

func TestFailuresThatArriveOutOfOrder(t *testing.T) {
	l := limits.New(2, time.Minute)
	for _, second := range []time.Duration{30, 10, 20} {
		l.Fail("a", noon.Add(second*time.Second))
	}
	if got := l.Blocked("a", noon.Add(30*time.Second)); got != 50*time.Second {
		t.Errorf("got a wait of %s; the latest two failures were at 20 s and 30 s", got)
	}
}

func TestAClockThatWasSetBack(t *testing.T) {
	l := limits.New(1, time.Minute)
	l.Fail("a", noon)
	if got := l.Blocked("a", noon.Add(-24*time.Hour)); got != time.Minute {
		t.Errorf("got a wait of %s", got)
	}
}

func TestALimitBelowOneIsOne(t *testing.T) {
	l := limits.New(0, time.Minute)
	if got := l.Blocked("a", noon); got != 0 {
		t.Errorf("blocked for %s before any failure", got)
	}
	l.Fail("a", noon)
	if l.Blocked("a", noon) == 0 {
		t.Error("not blocked after a failure")
	}
}

// A key comes from outside, so its length must not decide how much memory it takes.
func TestALongKeyIsKeptAsADigest(t *testing.T) {
	l := limits.NewBounded(1, time.Hour, 10)
	long := strings.Repeat("x", 1<<20)
	allocated := testing.AllocsPerRun(100, func() { l.Fail(long, noon) })
	if allocated > 2 {
		t.Errorf("a failure allocates %v times", allocated)
	}
	if l.Blocked(long, noon) == 0 || l.Blocked(long+"y", noon) != 0 {
		t.Error("long keys are taken for one another")
	}
}

func BenchmarkFail(b *testing.B) {
	l := limits.New(10, time.Minute)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "client " + strconv.Itoa(i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := keys[i%len(keys)]
		now := noon.Add(time.Duration(i) * time.Millisecond)
		if l.Blocked(key, now) == 0 {
			l.Fail(key, now)
		}
	}
}
