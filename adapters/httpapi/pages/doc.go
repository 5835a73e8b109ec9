// Package pages is what people see of the server in a browser: signing in, consent, entering a
// device's code, the applications that they allowed, and what went wrong.
//
// Everything is rendered on the server and works without scripts. The package owns the routes of
// the pages, their headers, their texts in one language, and the ids of their form controls, which
// are stable. It does not own who a visitor is (adapters/httpapi/visitor), nor any decision: each
// page calls one use case.
//
// A GET or HEAD changes nothing. A POST is acted on when it comes from this server's own origin
// and carries the token of the form that it answers.
package pages
