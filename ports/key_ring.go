package ports

import "writ/domain/oauth"

// KeyRing holds the keys that this process signs and verifies with. It is safe for concurrent use.
type KeyRing interface {
	// Generate makes a key pair for an algorithm. Its id is the RFC 7638 thumbprint.
	Generate(alg oauth.SigningAlg) (KeyPair, error)

	// Import reads a private key in PEM (PKCS#8, PKCS#1 or SEC 1). RSA keys need 2048 bits or more.
	Import(pem []byte) (KeyPair, error)

	// Install replaces all keys at once. Tokens are signed with the one key of each algorithm that
	// Signs, and verified with every key.
	Install(keys []InstalledKey) error

	// KeySet is the public key set as JSON (RFC 7517 §5): what Install was given.
	KeySet() []byte
}

// KeyPair is one signing key. Private is PKCS#8 in DER and must never be logged.
type KeyPair struct {
	ID      string
	Alg     oauth.SigningAlg
	Public  []byte // PKIX in DER
	Private []byte
}

// InstalledKey is a key of the ring.
type InstalledKey struct {
	KeyPair
	Signs bool // new tokens of its algorithm are signed with it
}
