// Command bench measures what an answer costs: the throughput, the latency and the processor time of
// every kind of request, on SQLite and on PostgreSQL, beside the floor of the machine that it runs on.
//
// The server, the database server and the bare handler of the floor are processes of their own, so
// that each one's processor time is known. Both databases keep every commit through a power
// failure. The measurements of one round stand next to each other in time, and the rounds repeat
// them all, so that a machine that slows down slows everything down. A run has sections, of which
// each prints what it found and what was aimed at.
//
// It owns no judgement: it exits 1 when an answer was wrong, never because one was slow.
package main
