// Package crash holds the proofs that neither a crowd nor a crash makes Writ contradict itself:
// processes that are killed, requests that arrive at once, replicas that disagree.
//
// Its tests start the real binary and hold what clients were told against the log, against the
// stream that subscribers read, and against the state rows. It owns no code of the program.
//
// On Linux a tracer counts the writes of a process to its store and its broker, and kills somebody
// before, amid or after one of them: a few that chance picks, or with -lives=0 every one. What
// chance picks follows from -seed, which a failure names.
package crash
