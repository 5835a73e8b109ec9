// Package e2e holds the tests of the whole program with clients that others wrote: Go's own OAuth
// library, an OpenID Connect relying party, the device client of a well-known command line, a
// browser without JavaScript, and subscribers of a NATS server.
//
// It owns no code but tests. How processes are run is in package harness.
package e2e
