// Package harness runs the writ binary in tests: as a server that can be killed, stopped and
// started again, and as a command line beside it.
//
// It owns processes, their settings and their directories. It owns no client, no assertion about
// what a server answers, and no database or broker: tests pass it the addresses of those.
package harness
