package crash_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

var (
	lives = flag.Int("lives", 12, "how often a process is killed at one of its writes, in each way; 0: at every one")
	seed  = flag.Uint64("seed", 0, "of what chance decides; 0: another one each time")
)

// doom is a site whose one process dies at its writes, and the play that goes on there.
type doom struct {
	*play

	reaper *reaper
	watch  []string
	until  int // how far the log was when the last life was looked at
}

func newDoom(t *testing.T, s *site, r *reaper, watch ...string) *doom {
	t.Helper()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", *seed)
	return &doom{play: newPlay(t, s, rand.New(rand.NewPCG(*seed, 0))), reaper: r, watch: watch}
}

// life plays until the process dies as planned, or to the end, and gives how many writes there
// were then.
func (d *doom) life(t *testing.T, p plan) (counted int) {
	t.Helper()
	d.ready(t, d.reaper.gone(t))
	d.delivered(t)
	before := len(d.history(t))
	p.Watch = d.watch
	d.reaper.expect(t, p)
	whole := d.perform(t.Context())
	switch {
	case d.odd != nil:
		t.Fatalf("%v: nobody should be answered so: %v", p, d.odd)
	case whole:
		d.awaitRelayed(t)
		counted = d.reaper.expect(t, plan{}).Counted
	default:
		d.of(0).Until("the process is dead", d.of(0).HasEnded)
		t.Logf("%v: died %s", p, lastStruck(d.of(0).Log()))
	}
	log := d.history(t)[before:]
	d.check(t, slices.DeleteFunc(log, func(f fact) bool { return f.Cause != "" }))
	d.verify(t)
	if t.Failed() {
		t.FailNow()
	}
	return counted
}

// rise starts the process again if it is dead.
func (d *doom) rise() {
	if d.of(0).HasEnded() {
		d.of(0).Restart()
	}
}

// everywhere lets the process die at its writes one after another: at all of them, or at some that
// chance picks, one out of each part of the same length.
func (d *doom) everywhere(t *testing.T) {
	t.Helper()
	total := d.life(t, plan{})
	deaths := total
	if *lives > 0 {
		deaths = min(*lives, total)
	}
	for i := range deaths {
		from, to := total*i/deaths, total*(i+1)/deaths
		d.rise()
		d.life(t, plan{At: 1 + from + d.chance.IntN(to-from), After: d.chance.IntN(2) == 1})
	}
	d.rise()
	d.delivered(t)
	d.verify(t)
	t.Logf("%d writes in a performance; %d deaths", total, deaths)
}

func TestADeathAtAnyWriteLosesNothing(t *testing.T) {
	req.Covers(t, "R-251")
	t.Run("SQLite and the embedded broker", func(t *testing.T) {
		r := newReaper(t)
		s := &site{servers: []*harness.Server{harness.Start(t, harness.Options{Env: with(nil), Under: r.command(t, plan{})})}}
		newDoom(t, s, r, s.of(0).Dir+"/writ.db", s.of(0).Dir+"/jetstream").everywhere(t)
	})
}

var _ = fmt.Sprint
var _ = maps.Clone[map[string]string]
