package ports

// CommonPasswords knows which passwords many people choose. It is safe for concurrent use.
type CommonPasswords interface {
	// Common reports whether a password is one of those, in any letter case.
	Common(password string) bool
}
