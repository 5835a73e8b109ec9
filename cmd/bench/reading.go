package main

import (
	"cmp"
	"slices"
	"time"
)

// Reading is what one cell showed in one round. Processor times are microseconds a request.
type Reading struct {
	Requests    int     `json:"requests"`
	PerSecond   float64 `json:"requests_per_second"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	ServerCPU   float64 `json:"server_cpu_us"`
	DatabaseCPU float64 `json:"database_cpu_us,omitempty"` // of PostgreSQL; SQLite's is the server's
	OwnCPU      float64 `json:"generator_cpu_us"`
	Others      float64 `json:"others_cpu_share"` // of the processors, by processes that are not measured
	Floor       float64 `json:"floor_cpu_us,omitempty"`
	Ratio       float64 `json:"cpu_over_floor,omitempty"`

	Allocations float64 `json:"allocations,omitempty"`
	RoundTrips  float64 `json:"round_trips,omitempty"`
	Reads       float64 `json:"read_queries,omitempty"`
	Commits     float64 `json:"commits,omitempty"`
	Batch       float64 `json:"decisions_per_commit,omitempty"`
	Together    float64 `json:"loads_per_read_query,omitempty"`
	Largest     float64 `json:"largest_batch,omitempty"` // since the server started
}

// readingOf is what a load saw, and what was used while it ran.
func readingOf(s sample, used usage) Reading {
	return Reading{
		Requests: s.requests, PerSecond: s.perSecond(), P50: s.percentile(50), P99: s.percentile(99),
		OwnCPU: s.each(used.own), Others: used.others(s.elapsed),
	}
}

// each is the share of one request, in microseconds.
func (s sample) each(d time.Duration) float64 { return micros(d) / float64(s.requests) }

// count takes what the server counted while the sample was taken.
func (r *Reading) count(s sample, before, after counts) {
	since := func(name string) float64 { return after.since(before, "writ_store_"+name) }
	requests := float64(s.requests)
	r.Allocations = after.since(before, allocations) / requests
	r.RoundTrips = since("round_trips_total") / requests
	r.Reads = since("load_queries_total") / requests
	r.Commits = since("commits_total") / requests
	r.Batch = since("batched_total") / max(1, since("commits_total"))
	r.Together = since("loads_total") / max(1, since("load_queries_total"))
	r.Largest = after["writ_store_largest_batch"]
}

// Readings are those of all rounds of one cell.
type Readings struct {
	Store       string    `json:"store,omitempty"`
	Row         string    `json:"row,omitempty"`
	Variant     string    `json:"variant,omitempty"` // what is compared, where something is
	Connections int       `json:"connections"`
	Rounds      []Reading `json:"rounds"`
}

func (r *Readings) add(reading Reading) { r.Rounds = append(r.Rounds, reading) }

// Costs are those of all rounds of one operation.
type Costs struct {
	Store  string `json:"store,omitempty"`
	Rounds []Cost `json:"rounds"`
}

func (c *Costs) add(cost Cost) { c.Rounds = append(c.Rounds, cost) }

// spread is the least, the middle and the most of some numbers.
type spread struct{ least, middle, most float64 }

func spreadOf[T any](rounds []T, pick func(T) float64) spread {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = pick(r)
	}
	slices.SortFunc(values, cmp.Compare[float64])
	n := len(values)
	return spread{values[0], (values[(n-1)/2] + values[n/2]) / 2, values[n-1]}
}

func readingsIn(all *[]*Readings, like Readings) *Readings {
	for _, found := range *all {
		if found.Store == like.Store && found.Row == like.Row && found.Connections == like.Connections && found.Variant == like.Variant {
			return found
		}
	}
	*all = append(*all, &like)
	return &like
}

func costsIn(all *[]*Costs, store string) *Costs {
	for _, found := range *all {
		if found.Store == store {
			return found
		}
	}
	found := &Costs{Store: store}
	*all = append(*all, found)
	return found
}
