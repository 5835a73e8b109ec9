package masterkey

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

var (
	errShort  = errors.New("the sealed bytes are too short to name a key")
	errSealed = errors.New("the sealed bytes were changed, or belong to another context")
)

// UnknownKeyError says which key something was sealed under, when that key is not at hand.
type UnknownKeyError struct{ ID string }

// Error implements error.
func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("sealed under key %s, which is not among the keys given", e.ID)
}

// box seals with AES-256-GCM under random nonces, up to 2^32 times (NIST SP 800-38D §8.3). What
// it seals is its key's id, then the nonce, the ciphertext and the tag.
type box struct {
	id   keyID
	aead cipher.AEAD
}

func newBox(id keyID, secret []byte) box {
	block, err := aes.NewCipher(secret)
	aead, err := cipher.NewGCMWithRandomNonce(must(block, err))
	return box{id: id, aead: must(aead, err)}
}

func (b box) seal(plain []byte, context string) []byte {
	out := make([]byte, len(b.id), len(b.id)+len(plain)+b.aead.Overhead())
	copy(out, b.id[:])
	return b.aead.Seal(out, nil, plain, []byte(context))
}

func (b box) open(sealed []byte, context string) ([]byte, error) {
	id, body, err := split(sealed)
	if err != nil {
		return nil, err
	}
	if id != b.id {
		return nil, &UnknownKeyError{ID: id.String()}
	}
	plain, err := b.aead.Open(nil, nil, body, []byte(context))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// split takes the key's id from the front of what a box sealed.
func split(sealed []byte) (keyID, []byte, error) {
	var id keyID
	if len(sealed) < len(id) {
		return id, nil, errShort
	}
	return keyID(sealed[:len(id)]), sealed[len(id):], nil
}
