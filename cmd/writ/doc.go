// Command writ is an OAuth 2.0 and OpenID Connect authorization server, and the command line that
// keeps it.
//
// It owns nothing but the start: the command line is in cli, the cast in wiring.
package main
