//go:build !linux

package cli

// releaseProgram does nothing where the system decides alone which parts of a program stay.
func releaseProgram() {}
