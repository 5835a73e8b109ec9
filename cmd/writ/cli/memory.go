package cli

import (
	"os"
	"runtime/debug"
)

// garbage is how much of it, in percent of what lives, may gather before it is collected. A server
// has a few megabytes alive and makes a hundred or more a second under load: collecting at Go's 100
// percent took every seventh cycle of a processor.
const garbage = 300

// spendMemory trades some memory for processor time, unless whoever runs the server has decided
// that already.
func spendMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// returnMemory gives back what starting took and serving does not need.
func returnMemory() { debug.FreeOSMemory() }
