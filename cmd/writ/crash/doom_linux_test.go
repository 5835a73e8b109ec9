package crash_test

import (
	"flag"
	"slices"
	"testing"
	"time"
)

var (
	lives = flag.Int("lives", 4, "how often somebody is killed in each way; 0: at every write")
	seed  = flag.Uint64("seed", 0, "what chance decides follows from it; 0: another one each time")
)

// doom is a play in which somebody dies at a write: the program itself, or the broker or the
// database at its side.
type doom struct {
	*play

	reaper  *reaper // of whose writes count
	watch   []string
	victim  mortal
	program bool   // the victim is the program itself
	wounds  bool   // while the victim is away, requests may remain unanswered
	number  uint64 // of performances

	cast func(*testing.T) // says who the victim of the next performance is, when that changes
}

// mortal is who is killed.
type mortal struct {
	process func() int             // 0: the one that the reaper runs
	signal  int                    // 0: SIGKILL
	ended   func() <-chan struct{} // since it was started last
	resume  func()                 // starts it again
}

// ending is how a performance went.
type ending struct {
	whole  bool // everything was answered
	struck bool // the victim was killed
	writes int  // that were counted, when it was not
}

// life gives a performance in which the victim dies as planned, and holds what was answered
// against the log, the log against the state rows, and the stream against the log.
func (d *doom) life(t *testing.T, p plan) ending {
	t.Helper()
	d.number++
	defer func() {
		if t.Failed() {
			t.Logf("in performance %d of seed %d, killed %v", d.number, *seed, p)
		}
	}()
	if d.cast != nil {
		d.cast(t)
	}
	d.ready(t, *seed, d.number, d.gone(t))
	past, _ := d.held(t)
	p.Watch, p.Signal, p.Victim = d.watch, d.victim.signal, d.victim.process()
	d.reaper.expect(t, p)
	e := d.watchOver(t, p)
	if d.odd != nil {
		t.Errorf("nobody should be answered so: %v", d.odd)
	}
	if !e.whole && (!e.struck || !d.program && !d.wounds) {
		t.Errorf("%v is not answered; somebody was killed: %t", d.all[len(d.all)-1], e.struck)
	}
	log := d.history(t)
	followedOnce(t, log)
	d.check(t, slices.DeleteFunc(log[len(past):], func(f fact) bool { return f.Cause != "" }))
	d.verify(t)
	if t.Failed() {
		t.FailNow()
	}
	return e
}

// gone is for those who wait for an answer of the program.
func (d *doom) gone(t *testing.T) <-chan struct{} {
	t.Helper()
	if !d.program {
		return nil
	}
	return d.reaper.gone(t)
}

// watchOver lets the play go on, and starts again whom the program depends on.
func (d *doom) watchOver(t *testing.T, p plan) (e ending) {
	t.Helper()
	done := make(chan bool, 1)
	go func() { done <- d.perform(t.Context()) }()
	for ended := d.victim.ended(); ; {
		select {
		case e.whole = <-done:
			if !e.struck {
				e.struck, e.writes = d.conclude(t, p)
			}
			return e
		case <-ended:
			e.struck, ended = true, nil
			if !d.program {
				d.victim.resume()
			}
		}
	}
}

// lingers is how long the relay goes on after a performance, about.
const lingers = 300 * time.Millisecond

// conclude waits for a death that is due, and calls the plan off.
func (d *doom) conclude(t *testing.T, p plan) (struck bool, writes int) {
	t.Helper()
	if p.At == 0 {
		d.awaitRelayed(t)
	}
	select {
	case <-d.victim.ended():
	case <-time.After(lingers):
		so, err := d.reaper.ask(plan{})
		if err == nil && so.Struck == "" {
			return false, so.Counted
		}
		<-d.victim.ended()
	}
	if !d.program {
		d.victim.resume()
	}
	return true, 0
}

// everywhere kills the victim at one write after another: at all of them, or at some that chance
// picks, one out of each part of the same length.
func (d *doom) everywhere(t *testing.T) {
	t.Helper()
	total := d.life(t, plan{}).writes
	deaths := total
	if *lives > 0 {
		deaths = min(*lives, total)
	}
	died := 0
	for i := range deaths {
		from, to := total*i/deaths, total*(i+1)/deaths
		d.rise(t)
		if d.life(t, plan{At: 1 + from + d.chance.IntN(to-from), When: moment(d.chance.IntN(int(moments)))}).struck {
			died++
		}
	}
	d.rise(t)
	d.delivered(t)
	d.verify(t)
	d.verifyEvents(t)
	t.Logf("%d writes in a performance, %d deaths", total, died)
	if died < deaths/2 {
		t.Errorf("the victim died %d times, of %d that were planned", died, deaths)
	}
}

// rise starts the program again if it is dead, and kills it while it starts, every other time.
func (d *doom) rise(t *testing.T) {
	t.Helper()
	if !d.program || !d.of(0).HasEnded() {
		return
	}
	if d.chance.IntN(2) == 0 {
		d.reaper.first(t, plan{Watch: d.watch, At: 1 + d.chance.IntN(startWrites), When: moment(d.chance.IntN(int(moments)))})
		lived := d.of(0).Attempt()
		d.reaper.first(t, plan{})
		if so, err := d.reaper.ask(plan{}); lived && (err != nil || so.Struck != "") {
			<-d.of(0).Ended() // it died since
		}
	}
	if d.of(0).HasEnded() {
		d.of(0).Restart()
	}
}

// startWrites is how many writes a start makes that has something to catch up with, about.
const startWrites = 40
