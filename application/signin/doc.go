// Package signin lets people prove who they are, recognises them by their session, and lets them
// leave.
//
// It owns the order of the steps, so that an unknown name and a wrong password take the same work
// and give the same answer. It does not own cookies or pages.
package signin
