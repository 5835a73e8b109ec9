package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Challenges is the contract of ports.Challenges. Each case gets a fresh one from open, as two
// processes have it.
func Challenges(t *testing.T, open func(t *testing.T) (here, there ports.Challenges)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, here, there ports.Challenges)
	}{
		{"a challenge comes back as it was posed, by its id and by its topic", triesWhatWasPosed},
		{"none is replaced, and a try by topic is for those of the same source first", triesOwnFirst},
		{"its own tries are bounded", ownTries},
		{"strangers cannot use up the tries of whoever began it", strayTries},
		{"what has expired is left out", triesExpired},
		{"what is spent is left out", triesSpent},
		{"what is not there is left out", triesUnknown},
		{"of many tries at once no more are let through than are allowed", triesAtOnce},
		{"of many that spend one does", oneSpends},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			here, there := open(t)
			c.test(t, here, there)
		})
	}
}

var (
	fromHome = []byte("home")
	fromAway = []byte("away\x00'")
	ofOdin   = []byte("odin")
)

// posed poses a challenge that is begun so long after noon.
func posed(t *testing.T, s ports.Challenges, source []byte, after time.Duration) ports.Challenge {
	t.Helper()
	begun := noon.Add(after)
	c := ports.Challenge{
		ID: stream("").ID, Topic: ofOdin, Source: source, Code: []byte("code\x00"), Link: []byte("link"),
		Sealed: []byte("sealed'?"), Begun: begun, Expires: begun.Add(5 * time.Minute),
	}
	err := s.Pose(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tried(t *testing.T, s ports.Challenges, try ports.Try) []ports.Challenge {
	t.Helper()
	if try.Now.IsZero() {
		try.Now = noon.Add(time.Minute)
	}
	found, err := s.Try(t.Context(), try)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func byTopic(source []byte) ports.Try {
	return ports.Try{Topics: [][]byte{[]byte("under another key"), ofOdin}, Source: source}
}

func triesWhatWasPosed(t *testing.T, here, there ports.Challenges) {
	want := posed(t, here, fromHome, 0)
	same(t, "by id", tried(t, there, ports.Try{ID: want.ID}), []ports.Challenge{want})
	same(t, "by topic", tried(t, there, byTopic(fromAway)), []ports.Challenge{want})
}

func triesOwnFirst(t *testing.T, here, there ports.Challenges) {
	own := []ports.Challenge{posed(t, here, fromHome, 0), posed(t, there, fromHome, time.Second)}
	var others []ports.Challenge
	for i := range ports.MaxTried {
		others = append(others, posed(t, here, fromAway, time.Duration(i+2)*time.Second))
	}
	got := map[string]bool{}
	for _, c := range tried(t, there, byTopic(fromHome)) {
		got[c.ID] = true
	}
	if len(got) != ports.MaxTried || !got[own[0].ID] || !got[own[1].ID] || !got[others[4].ID] || got[others[0].ID] || got[others[1].ID] {
		t.Errorf("a try was for %v; %d are of its source, and of the others the newest come first", got, len(own))
	}
	same(t, "by id", len(tried(t, here, ports.Try{ID: own[0].ID})), 1)
}

func ownTries(t *testing.T, here, there ports.Challenges) {
	req.Covers(t, "R-044")
	c := posed(t, here, fromHome, 0)
	for i, try := range []ports.Try{{ID: c.ID}, byTopic(fromHome), {ID: c.ID}, byTopic(fromHome), {ID: c.ID}} {
		if n := len(tried(t, []ports.Challenges{here, there}[i%2], try)); n != 1 {
			t.Fatalf("try %d is for %d challenges", i+1, n)
		}
	}
	for _, try := range []ports.Try{{ID: c.ID}, byTopic(fromHome)} {
		if n := len(tried(t, there, try)); n != 0 {
			t.Errorf("after %d tries another is let through: %+v", ports.MaxTries, try)
		}
	}
}

func strayTries(t *testing.T, here, there ports.Challenges) {
	c := posed(t, here, fromHome, 0)
	through := 0
	for range 10 {
		through += len(tried(t, there, byTopic(fromAway)))
	}
	if through != ports.MaxStrayTries {
		t.Errorf("%d stray tries were let through, want %d", through, ports.MaxStrayTries)
	}
	for range ports.MaxTries {
		same(t, "own tries", len(tried(t, here, ports.Try{ID: c.ID})), 1)
	}
}

func triesExpired(t *testing.T, here, _ ports.Challenges) {
	c := posed(t, here, fromHome, 0)
	for _, try := range []ports.Try{{ID: c.ID, Now: c.Expires}, {Topics: [][]byte{ofOdin}, Source: fromHome, Now: c.Expires}} {
		same(t, "after it expired", len(tried(t, here, try)), 0)
	}
	if err := here.Spend(t.Context(), c.ID, c.Expires); !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("spent after it expired: %v", err)
	}
	same(t, "just before", len(tried(t, here, ports.Try{ID: c.ID, Now: c.Expires.Add(-time.Microsecond)})), 1)
}

func triesSpent(t *testing.T, here, there ports.Challenges) {
	c := posed(t, here, fromHome, 0)
	if err := there.Spend(t.Context(), c.ID, noon); err != nil {
		t.Fatal(err)
	}
	for _, try := range []ports.Try{{ID: c.ID}, byTopic(fromHome)} {
		same(t, "after it was spent", len(tried(t, here, try)), 0)
	}
}

func triesUnknown(t *testing.T, here, _ ports.Challenges) {
	c := posed(t, here, fromHome, 0)
	for _, try := range []ports.Try{
		{},
		{ID: "unknown"},
		{ID: "a\x00b"},
		{Topics: [][]byte{[]byte("thor")}, Source: fromHome},
		{Topics: [][]byte{{}}, Source: fromHome},
	} {
		same(t, fmt.Sprintf("%+v", try), len(tried(t, here, try)), 0)
	}
	c.ID, c.Topic = stream("").ID, nil // one that is found by its id alone
	if err := here.Pose(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	same(t, "without a topic", len(tried(t, here, ports.Try{Topics: [][]byte{nil}, Source: fromHome})), 0)
}

func triesAtOnce(t *testing.T, here, there ports.Challenges) {
	req.Covers(t, "R-044")
	c := posed(t, here, fromHome, 0)
	posed(t, here, fromHome, time.Second)
	through := make([]int, contest)
	errs := together(contest, func(n int) error {
		try := ports.Try{ID: c.ID}
		if n%2 == 0 {
			try = byTopic(fromHome)
		}
		try.Now = noon.Add(time.Minute)
		found, err := []ports.Challenges{here, there}[n%2].Try(t.Context(), try)
		for _, f := range found {
			if f.ID == c.ID {
				through[n]++
			}
		}
		return err
	})
	total := 0
	for _, n := range through {
		total += n
	}
	if count(errs, nil) != contest || total != min(contest, ports.MaxTries) {
		t.Errorf("%d tries of %d at once were let through, want %d: %v", total, contest, ports.MaxTries, errs)
	}
}

func oneSpends(t *testing.T, here, there ports.Challenges) {
	c := posed(t, here, fromHome, 0)
	errs := together(contest, func(n int) error {
		return []ports.Challenges{here, there}[n%2].Spend(t.Context(), c.ID, noon)
	})
	if count(errs, nil) != 1 || count(errs, ports.ErrNotFound) != contest-1 {
		t.Errorf("want one that spends and the others refused: %v", errs)
	}
}
