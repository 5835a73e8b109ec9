// Package argon2hash plays ports.Passwords with argon2id (RFC 9106) and writes hashes as PHC
// strings, which name their own parameters.
//
// It owns the cost of a hash and how many run at once. It does not own any rule about which
// passwords are good, and it takes passwords as the bytes that they are, without normalising.
package argon2hash
