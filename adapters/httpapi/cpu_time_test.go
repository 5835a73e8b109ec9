package httpapi_test

import (
	"syscall"
	"testing"
	"time"
)

// perRequest runs one request again and again and reports, beside the time, the processor time that
// the whole process took for each: the figure to compare on a machine that does other work, too.
func perRequest(b *testing.B, run func()) {
	b.Helper()
	b.ReportAllocs()
	run()
	before := processorTime(b)
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
