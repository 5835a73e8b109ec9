package limits

import (
	"slices"
	"time"
)

// failures are the latest failures of one key, in order of time. Requests that run side by side
// may count theirs in another order than that of their times.
type failures struct {
	of digest
	at []time.Time
}

// add counts a failure and keeps the latest ones.
func (f *failures) add(now time.Time, most int) {
	place, _ := slices.BinarySearchFunc(f.at, now, time.Time.Compare)
	f.at = slices.Insert(f.at, place, now)
	if len(f.at) > most {
		f.at = slices.Delete(f.at, 0, 1)
	}
}

func (f *failures) newest() time.Time { return f.at[len(f.at)-1] }

// wait is the time until the earliest of the latest most failures leaves the window.
func (f *failures) wait(most int, window time.Duration, now time.Time) time.Duration {
	if len(f.at) < most {
		return 0
	}
	return min(max(f.at[0].Add(window).Sub(now), 0), window)
}
