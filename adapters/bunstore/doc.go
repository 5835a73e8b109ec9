// Package bunstore keeps the log in a SQL database: SQLite for one process, PostgreSQL for any
// number. A Store plays EventStore, EventFeed, Directory, Purger, Interactions, Polls, Stamps,
// Checkpoints and Leadership, and behaves the same on both.
//
// It owns the tables, their migrations, the writer that lets commits share transactions and the
// readers that let loads share queries. It does not know what is inside a payload, and it decides
// nothing but who was first.
//
// Invariants:
//   - whoever writes events, or takes away a state row, holds the row of log_head meanwhile
//   - no connection is held while waiting for anything but the database
//   - times are microseconds since 1970 in UTC, and 0 is the zero time
package bunstore
