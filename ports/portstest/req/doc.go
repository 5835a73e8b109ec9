// Package req lets a test say which requirements of the standards it shows, by number.
//
// It owns the spelling of a number and nothing else: cmd/requirements reads the calls out of the
// source, knows which numbers exist and which are in scope, and fails when one has no test.
package req
