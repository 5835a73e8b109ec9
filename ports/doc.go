// Package ports holds the roles that something outside must play for the application: one
// interface a file, with its contract in its comments. Each sentence of a contract has a case in
// portstest, which any adapter's own test can run.
//
// It owns no implementation. All of these are driven ports; what drives Writ calls the use cases'
// own Execute methods, and there is no interface over those.
//
// Errors: what the contract names is returned as it is or wrapped. Every other error means that
// the answer is not known (an outage), and never says anything about a credential.
package ports
