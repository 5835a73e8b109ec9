// Package ledgertest gives tests of decisions a world in memory: a real ledger over a store that
// forgets, a clock that moves when it is told to, chance that repeats itself, a signer whose tokens
// can be read, and ways to let each of them fail.
//
// The store keeps the contracts of portstest, so that what a test shows here holds on a database.
package ledgertest
