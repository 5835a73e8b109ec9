//go:build unix

package bunstore

// Quiet looks at an idle connection.
var Quiet = quiet

// AskHead asks for the end of the log.
const AskHead = askHead
