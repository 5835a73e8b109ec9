//go:build unix

package bunstore

// Quiet looks at an idle connection.
var Quiet = quiet
