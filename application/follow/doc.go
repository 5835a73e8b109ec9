// Package follow applies what the service that owns the accounts announces.
//
// It owns no order of its own: an announcement may come twice, late and before the account is
// known; domain/account decides what it changes.
package follow
