// Package limits plays ports.Limits in the memory of one process: it keeps the times of the last
// failures of each key and blocks a key that has had too many within a window.
//
// It owns no policy about what counts as a failure or which keys there are, and it shares nothing
// with other replicas: with n of them a limit is up to n times as high.
package limits
