// Package maintain lets people look after their own account: the ways in which they sign in, the
// keys of their programs, the addresses that reach them and the browsers they are signed in with.
//
// It owns who may change what, and how recently they must have signed in for it. It does not own
// signing in, nor what the operator does to accounts: that is application/administer.
package maintain
