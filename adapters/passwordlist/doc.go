// Package passwordlist plays ports.FrequentPasswords with a list that is built in: the passwords of
// eight characters and more among the thirty thousand most frequent ones of published leaks, as
// zxcvbn ranks them (see LICENSE).
//
// It owns the list. It does not own what else makes a password too weak.
package passwordlist
