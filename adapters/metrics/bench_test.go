package metrics_test

import (
	"testing"

	"writ/adapters/metrics"
)

func BenchmarkRequest(b *testing.B) {
	m := metrics.New("1.2.3")
	b.ReportAllocs()
	for b.Loop() {
		m.Request("/api/oauth/token", "refresh_token", "ok", 0.001)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m := metrics.New("1.2.3")
	n := testing.AllocsPerRun(100, func() { m.Request("/api/oauth/token", "refresh_token", "ok", 0.001) })
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
