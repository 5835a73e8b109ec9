package cli

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
)

// A server has some megabytes alive and makes hundreds a second under load. Go's 100 percent would
// collect them so often that it takes every seventh cycle of a processor. headroom is how much
// garbage may gather instead, however little lives: it bounds what the server takes, which a larger
// percentage would not. When much lives it is Go's own rule again, or half of it.
const (
	headroom = 20 << 20 // bytes

	firstPercent  = 200 // before the first collection said what lives
	leastPercent  = 50
	mostPercent   = 800
	noticePercent = 10 // a smaller change is not worth stopping the world for
)

// spendMemory trades some memory for processor time, unless whoever runs the server has decided
// that already.
func spendMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	now := firstPercent
	debug.SetGCPercent(now)
	afterEachCollection(func() {
		if next := garbageFor(liveBytes()); next > now+noticePercent || next < now-noticePercent {
			now = next
			debug.SetGCPercent(now)
		}
	})
}

// garbageFor is how much garbage may gather, in percent of what lives.
func garbageFor(live uint64) int {
	return int(min(max(headroom*100/max(live, 1), leastPercent), mostPercent))
}

func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// collected is what a collection finds; nothing else refers to it.
type collected struct{ _ *byte }

// afterEachCollection calls do once after each collection of garbage, never twice at a time.
func afterEachCollection(do func()) {
	runtime.SetFinalizer(&collected{}, func(*collected) {
		do()
		afterEachCollection(do)
	})
}

// returnMemory gives back what starting took and serving does not need.
func returnMemory() {
	debug.FreeOSMemory()
	releaseProgram()
}

// constantPart reads a line of proc_pid_maps(5), and reports whether it is a part of the program
// that cannot be written to, so that the file has all that is in it.
func constantPart(line, program string) (from, to uintptr, is bool) {
	var rights string
	_, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights)
	return from, to, err == nil && rights[1] == '-' && strings.HasSuffix(line, " "+program)
}
