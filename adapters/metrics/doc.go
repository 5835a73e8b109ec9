// Package metrics counts what the server does and shows it to Prometheus.
//
// It owns the names of the metrics. Labels come from closed sets (routes, grant types, error
// codes), never from what a client sent. It does not own what is counted.
package metrics
