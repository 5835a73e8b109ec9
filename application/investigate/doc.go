// Package investigate answers people who have a question: what happened, who could do what for an
// account at a moment and why, where a token came from, and what an audit wants to know.
//
// It owns how the log is searched, how a chain of facts is told and which facts an audit names. All
// answers come from the log; none of them holds a secret, a digest or personal data. It decides and
// changes nothing, and does not own who may ask.
package investigate
