package ledgertest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync/atomic"
)

// Keeper seals and digests under master keys that are known. It is safe for concurrent use.
type Keeper struct {
	masters [][]byte // the current one first
	serial  atomic.Uint64
	down    error
}

// NewKeeper makes a keeper of master keys, the current one first.
func NewKeeper(masters ...string) *Keeper {
	k := &Keeper{}
	for _, m := range masters {
		sum := sha256.Sum256([]byte(m))
		k.masters = append(k.masters, sum[:])
	}
	return k
}

// Fail lets every key that is made fail with err from now on.
func (k *Keeper) Fail(err error) { k.down = err }

// NewKey implements ports.Vault.
func (k *Keeper) NewKey() ([]byte, error) {
	if k.down != nil {
		return nil, k.down
	}
	key := sha256.Sum256(k.nonce())
	return k.Seal(key[:], "account key")
}

// SealWith implements ports.Vault.
func (k *Keeper) SealWith(wrapped, plain []byte, context string) ([]byte, error) {
	key, err := k.Open(wrapped, "account key")
	if err != nil {
		return nil, err
	}
	return seal(key, k.nonce(), plain, context)
}

// OpenWith implements ports.Vault.
func (k *Keeper) OpenWith(wrapped, sealed []byte, context string) ([]byte, error) {
	key, err := k.Open(wrapped, "account key")
	if err != nil {
		return nil, err
	}
	return open(key, sealed, context)
}

// Seal implements ports.Vault.
func (k *Keeper) Seal(plain []byte, context string) ([]byte, error) {
	return seal(k.masters[0], k.nonce(), plain, context)
}

// Open implements ports.Vault.
func (k *Keeper) Open(sealed []byte, context string) ([]byte, error) {
	err := errSealed
	for _, m := range k.masters {
		var plain []byte
		plain, err = open(m, sealed, context)
		if err == nil {
			return plain, nil
		}
	}
	return nil, err
}

// Digests implements ports.Digester.
func (k *Keeper) Digests(purpose, value string) [][]byte {
	var all [][]byte
	for _, m := range k.masters {
		mac := hmac.New(sha256.New, m)
		mac.Write([]byte(purpose + "\x00" + value))
		all = append(all, mac.Sum(nil))
	}
	return all
}

// nonce is one that was never used before in this world.
func (k *Keeper) nonce() []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), k.serial.Add(1))
}

var errSealed = errors.New("this was not sealed here")

func seal(key, nonce, plain []byte, context string) ([]byte, error) {
	aead, err := aeadOf(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, plain, []byte(context)), nil
}

func open(key, sealed []byte, context string) ([]byte, error) {
	aead, err := aeadOf(key)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, errSealed
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(context))
}

func aeadOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
