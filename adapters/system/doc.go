// Package system plays ports.Clock and ports.Entropy with what the machine offers: its clock and
// its source of randomness. Nothing else in Writ asks for either.
//
// It does not own any policy: how long something lives is decided elsewhere.
package system
