//go:build unix

package crash_test

import (
	"syscall"
	"testing"
	"time"

	"writ/ports/portstest/req"
)

const (
	standsStill  = 9 * time.Second // less than a request waits; the database breaks a silent transaction off after 5 s
	pauseAnswers = 200
)

// A process that is stopped but not gone keeps its connections, its locks and its lead. The others
// serve on, and when it goes on nothing has been lost or said twice.
func TestAPausedReplicaStopsNobody(t *testing.T) {
	req.Covers(t, "R-250")
	sc := newScene(t, twoProcesses(t, nil))
	for _, c := range sc.chains {
		c.patient = true
	}
	paused := sc.of(sc.chance.IntN(2))
	l := begin(t.Context(), sc.site, sc.chains, nil)
	l.after(t, 1+sc.chance.IntN(200))
	<-time.After(time.Duration(sc.chance.Int64N(int64(3 * time.Millisecond))))
	signal(t, paused.PID(), syscall.SIGSTOP)
	since := time.Now()
	l.after(t, pauseAnswers)
	still := time.Since(since)
	signal(t, paused.PID(), syscall.SIGCONT)
	l.after(t, pauseAnswers)
	l.end()
	if still > standsStill {
		t.Errorf("the other process gave %d answers in %s, want within %s", pauseAnswers, still, standsStill)
	}
	t.Logf("%d answers of the other process in %s", pauseAnswers, still)
	sc.check(t)
	for i, c := range sc.chains {
		if !c.step(t.Context(), sc.of(i)) && c.goesOn() {
			t.Errorf("%s gets no tokens", c.name)
		}
	}
	sc.check(t)
	sc.delivered(t)
	sc.verify(t)
}

func signal(t *testing.T, process int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(process, s); err != nil {
		t.Fatalf("%s to process %d: %v", s, process, err)
	}
}
