// Package issue serves the token endpoint: one use case a grant type. Each loads everything that
// its decision looks at in one read, lets the domain decide, and signs beside the commit; an answer
// leaves only after the commit.
//
// It owns the making of access tokens and ID tokens. It does not own any rule about who gets one,
// nor the HTTP form of requests and answers.
package issue
