package oauth

import "crypto/sha256"

// maxMessage is how much a mac covers without allocating; a longer message is right, too.
const maxMessage = 128

// mac is HMAC-SHA-256 (RFC 2104) of a message under the token key. It is written out because it
// stands three times in every refresh, and crypto/hmac allocates two hashes for each; a test holds
// it against that package.
func (k TokenKey) mac(message []byte) [sha256.Size]byte {
	var inner [sha256.BlockSize + maxMessage]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	for i := range sha256.BlockSize {
		inner[i], outer[i] = 0x36, 0x5c
	}
	for i, b := range k.Secret {
		inner[i] ^= b
		outer[i] ^= b
	}
	sum := sha256.Sum256(append(inner[:sha256.BlockSize], message...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
