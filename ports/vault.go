package ports

// Vault does what needs the master key. It is safe for concurrent use. What it seals names the key
// that it was sealed under, so that the master key can be rotated.
type Vault interface {
	// NewKey makes a key for one account's personal data, wrapped under the master key.
	NewKey() (wrapped []byte, err error)

	// SealWith encrypts plain under a wrapped key. context is bound to the result: opening it
	// with another one fails.
	SealWith(wrapped, plain []byte, context string) ([]byte, error)

	// OpenWith decrypts what SealWith made.
	OpenWith(wrapped, sealed []byte, context string) ([]byte, error)

	// Seal encrypts plain under the master key itself, bound to context.
	Seal(plain []byte, context string) ([]byte, error)

	// Open decrypts what Seal made.
	Open(sealed []byte, context string) ([]byte, error)
}
