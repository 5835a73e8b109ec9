// Package account models the record of a person: the profile that claims are made of, the
// permissions that bound every scope, and whether the person may be served at all.
//
// It owns the rules of handles, addresses, linked identities, access keys and standing, when all
// sessions are over, and the order of changes that other services announce. It does not own sessions or grants; they die by reading the account's state,
// never by being written one by one.
//
// Invariants:
//   - a suspended or erased account is served nothing
//   - of the changes that another service announces for one facet, an older one never undoes a
//     newer one, in whatever order they arrive
//   - an address that was not proven is claimed by nobody; of one kind none is there twice
//   - an erased account stays erased, and no personal datum of it can be read any more
package account
