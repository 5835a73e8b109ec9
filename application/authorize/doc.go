// Package authorize serves the two ways in which a person allows a client something: the
// authorization endpoint with its consent (RFC 6749 §4.1, OIDC Core §3.1.2), and the device
// authorization with its user code (RFC 8628).
//
// It owns the checks of a request in the order of the standards, and the routing of their errors:
// to the person while client and redirect URI are in doubt, to the client from then on. It does
// not own signing in, pages, or tokens.
package authorize
