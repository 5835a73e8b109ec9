package bunstore

import "sync/atomic"

// Stats counts what a store did since it was opened.
type Stats struct {
	Commits     int64 // transactions that wrote the log
	Batched     int64 // appends that these transactions judged
	LargestSize int64 // appends of the largest batch
	Reruns      int64 // batches that the database refused, so that each append was tried alone; none is expected
	LoadQueries int64 // queries that loads shared
	LoadsServed int64 // loads that these queries answered
	RoundTrips  int64 // exchanges with the database, on the paths of Append and Load
}

type counters struct {
	commits, batched, largest, reruns, queries, loads, trips atomic.Int64
}

func (c *counters) committed(batch int) {
	c.commits.Add(1)
	c.batched.Add(int64(batch))
	if int64(batch) > c.largest.Load() { // the writer alone writes it
		c.largest.Store(int64(batch))
	}
}

func (c *counters) loaded(calls int) {
	c.queries.Add(1)
	c.loads.Add(int64(calls))
}

// Stats gives the counts so far. It is safe for concurrent use.
func (s *Store) Stats() Stats {
	c := &s.counts
	return Stats{
		Commits: c.commits.Load(), Batched: c.batched.Load(), LargestSize: c.largest.Load(),
		Reruns:      c.reruns.Load(),
		LoadQueries: c.queries.Load(), LoadsServed: c.loads.Load(), RoundTrips: c.trips.Load(),
	}
}
