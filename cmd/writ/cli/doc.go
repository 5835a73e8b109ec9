// Package cli is the command line of writ: what it can be told, and how it answers.
//
// It owns flags, files of settings and the form of answers, for people and with --json for
// programs. It does not own any rule: a command runs use cases on the store, whether or not a
// server is running beside it.
package cli
