package portstest

import (
	"testing"
	"time"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Quotas is the contract of ports.Quotas. Each case gets a fresh one from open, as two processes
// have it.
func Quotas(t *testing.T, open func(t *testing.T) (here, there ports.Quotas)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, here, there ports.Quotas)
	}{
		{"so many uses are allowed, by whichever process, and then none until the window ends", countsUses},
		{"one that is used up keeps the others from being counted", countsAllOrNone},
		{"the wait is the longest of those that are used up", longestWait},
		{"of many at once no more succeed than there is room for", takesAtOnce},
		{"nothing allows nothing", allowsNothing},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			here, there := open(t)
			c.test(t, here, there)
		})
	}
}

func allowance(key string, most int, window time.Duration) ports.Allowance {
	return ports.Allowance{Key: []byte(key), Most: most, Window: window}
}

func takes(t *testing.T, s ports.Quotas, after, want time.Duration, uses ...ports.Allowance) {
	t.Helper()
	wait, err := s.Take(t.Context(), noon.Add(after), uses...)
	if err != nil || wait != want {
		t.Errorf("%s after noon: a wait of %s (%v), want %s", after, wait, err, want)
	}
}

func countsUses(t *testing.T, here, there ports.Quotas) {
	req.Covers(t, "R-044")
	number := allowance("number\x00'", 3, time.Hour)
	takes(t, here, 0, 0, number)
	takes(t, there, time.Minute, 0, number)
	takes(t, here, 2*time.Minute, 0, number)
	takes(t, there, 3*time.Minute, 57*time.Minute, number)
	takes(t, here, time.Hour-time.Microsecond, time.Microsecond, number)
	takes(t, there, time.Minute, 0, allowance("another", 1, time.Hour))
	takes(t, here, time.Hour, 0, number)
	takes(t, there, time.Hour, 0, number)
	takes(t, there, time.Hour, 0, number)
	takes(t, there, time.Hour+time.Minute, 59*time.Minute, number)
}

func countsAllOrNone(t *testing.T, here, there ports.Quotas) {
	one, many := allowance("one", 1, time.Hour), allowance("many", 2, time.Hour)
	takes(t, here, 0, 0, one)
	takes(t, there, 0, time.Hour, many, one)
	takes(t, here, 0, time.Hour, one, many)
	takes(t, there, 0, 0, many)
	takes(t, here, 0, 0, many)
	takes(t, there, 0, time.Hour, many)
}

func longestWait(t *testing.T, here, _ ports.Quotas) {
	short, long := allowance("short", 1, time.Minute), allowance("long", 1, time.Hour)
	takes(t, here, 0, 0, short, long)
	takes(t, here, 30*time.Second, 59*time.Minute+30*time.Second, long, short)
	takes(t, here, 2*time.Minute, 58*time.Minute, short, long)
}

func takesAtOnce(t *testing.T, here, there ports.Quotas) {
	const room = 3
	errs := together(contest, func(n int) error {
		uses := []ports.Allowance{allowance("a", room, time.Hour), allowance("b", contest, time.Hour)}
		if n%2 == 0 {
			uses[0], uses[1] = uses[1], uses[0] // whoever locks in this order must not wait for ever
		}
		wait, err := []ports.Quotas{here, there}[n%2].Take(t.Context(), noon, uses...)
		if err == nil && wait > 0 {
			err = ports.ErrConflict
		}
		return err
	})
	if count(errs, nil) != room || count(errs, ports.ErrConflict) != contest-room {
		t.Errorf("want %d that are allowed: %v", room, errs)
	}
	takes(t, here, 0, 0, allowance("b", room+1, time.Hour))
	takes(t, there, 0, time.Hour, allowance("b", room+1, time.Hour))
}

func allowsNothing(t *testing.T, here, _ ports.Quotas) {
	takes(t, here, 0, time.Hour, allowance("never", 0, time.Hour))
	takes(t, here, 0, 0)
}
