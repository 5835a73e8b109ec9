// Package event is the kernel that every aggregate of Writ stands on: streams of facts, the
// catalogue that says how facts are stored, and the root that collects what a decision records.
//
// It owns the words of the log (Stream, Version, Revision, Position, Fact) and the two interfaces
// through which storage sees an aggregate (Aggregate, State). It does not own any rule of OAuth,
// any codec and any storage; it knows no clock, no randomness and no context.
//
// Invariants:
//   - a stream's facts have the versions 1, 2, 3, … without a gap
//   - the facts of the whole log have the positions 1, 2, 3, … without a gap
//   - the fact's name and revision alone decide how its data is read; a Go type may be renamed
//   - a revision that this binary does not know is an error, never skipped
package event
