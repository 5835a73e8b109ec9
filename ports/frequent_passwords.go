package ports

// FrequentPasswords knows which passwords many people choose. It is safe for concurrent use.
type FrequentPasswords interface {
	// Frequent reports whether a password is one of those, in any letter case.
	Frequent(password string) bool
}
