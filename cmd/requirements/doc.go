// Command requirements says which of the numbered standards requirements have a test.
//
// It reads the calls of req.Covers out of the source, and the numbers that DIVERGENCES.md gives a
// reason for. A requirement in scope that has neither is open, and then it exits 1; so it does when
// a test or a divergence names a number that does not exist. It runs no test: that those it names
// pass is what `make test` shows.
package main
