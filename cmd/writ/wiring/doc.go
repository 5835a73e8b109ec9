// Package wiring is the cast list: it says which adapter plays which role, and starts and stops
// what runs beside the requests. It alone, with the command line, imports fx.
//
// It owns the settings and their checks. It does not own any behaviour.
package wiring
