// Package console plays ports.Texts and ports.Mail for people who develop: every message becomes a
// line of the log, code and all, and nobody else is sent anything.
//
// It must not be used where others read the log.
package console
