package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the registry of one server. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	series   series
}

// New makes a registry with what the Go runtime and the process say of themselves.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "writ_requests_total", Help: "Requests by route, grant type and OAuth error (or ok).",
		}, []string{"route", "grant", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "writ_request_seconds", Help: "Time from the request to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14), NativeHistogramBucketFactor: 1.1,
		}, []string{"route"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "writ_build", Help: "1, with the version of the binary.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts one request. route is the pattern that matched, grant the grant type or empty, and
// outcome "ok" or the error code.
func (m *Metrics) Request(route, grant, outcome string, seconds float64) {
	one := m.series.of(labels{route, grant, outcome}, m.resolve)
	one.count.Inc()
	one.seconds.Observe(seconds)
}

func (m *Metrics) resolve(l labels) *resolved {
	return &resolved{m.requests.WithLabelValues(l.route, l.grant, l.outcome), m.seconds.WithLabelValues(l.route)}
}

// Counter shows a number that only grows and is counted elsewhere.
func (m *Metrics) Counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// Gauge shows a number that is measured when it is asked for.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
