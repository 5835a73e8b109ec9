// Package httpapi is Writ's HTTP: the endpoints of OAuth 2.0 and OpenID Connect, their documents,
// and the API for people's own sign-in and grants. An endpoint reads, runs one use case and
// answers; what the protocol means is decided behind it.
//
// It owns the reading of requests, the authentication schemes, the one translation of refusals
// into statuses, and who of other origins may read what. It does not own pages and cookies, which
// are in pages and visitor.
package httpapi
