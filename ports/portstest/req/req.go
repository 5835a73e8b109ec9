// Package req ties tests to the numbered requirements that they show to be met.
package req

import "testing"

// Covers says that the test that calls it shows the requirements with these numbers, such as
// "R-103", to be met. A list of what is covered is made from the calls.
func Covers(t testing.TB, ids ...string) { t.Helper() }
