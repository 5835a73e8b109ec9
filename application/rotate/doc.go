// Package rotate keeps the signing keys: it makes the first ones, replaces them without a gap, and
// gives this process those that stand in the key set.
//
// It owns when a key is published, signs and is retired. It does not own signing, and the log holds
// private keys only sealed.
package rotate
