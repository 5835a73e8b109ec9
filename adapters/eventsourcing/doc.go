// Package eventsourcing turns aggregates into rows and facts and back: it plays ports.Ledger,
// ports.Finder and ports.Shelf over a ports.EventStore, a ports.Directory, a ports.Vault and a
// ports.Digester.
//
// It owns the JSON form of events and states, the sealing of personal data, the derivation of
// unique keys from states, the one retry loop of all decisions, and the memory of clients, accounts,
// grants and codes on which a decision is tried before anything is read. It does not own any rule, and it
// knows no database.
package eventsourcing
