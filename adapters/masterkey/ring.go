package masterkey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"

	"writ/domain/oauth"
	"writ/ports"
)

var _ ports.Vault = (*Ring)(nil)

// contextWrap is what every wrapped key is bound to.
const contextWrap = "account key"

// cachedKeys bounds how many unwrapped account keys are remembered: about 1 KiB each.
const cachedKeys = 4096

// Ring holds the master keys, the current one first. It is safe for concurrent use, does not
// change, and prints only the ids of its keys.
type Ring struct {
	keys     []key // at least one
	accounts *cache
}

func newRing(secrets [][]byte) *Ring {
	r := &Ring{accounts: newCache(cachedKeys)}
	for _, secret := range secrets {
		r.keys = append(r.keys, newKey(secret))
	}
	return r
}

// NewKey implements ports.Vault.
func (r *Ring) NewKey() ([]byte, error) {
	secret := make([]byte, keySize)
	rand.Read(secret)
	return r.keys[0].wrap.seal(secret, contextWrap), nil
}

// SealWith implements ports.Vault.
func (r *Ring) SealWith(wrapped, plain []byte, context string) ([]byte, error) {
	b, err := r.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	return b.seal(plain, context), nil
}

// OpenWith implements ports.Vault. A wrapped key whose master key is not in the ring is an
// *UnknownKeyError.
func (r *Ring) OpenWith(wrapped, sealed []byte, context string) ([]byte, error) {
	b, err := r.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	plain, err := b.open(sealed, context)
	if err != nil {
		return nil, fmt.Errorf("open with an account key: %w", err)
	}
	return plain, nil
}

// Seal implements ports.Vault.
func (r *Ring) Seal(plain []byte, context string) ([]byte, error) {
	return r.keys[0].seal.seal(plain, context), nil
}

// Open implements ports.Vault. What was sealed under a key that is not in the ring is an
// *UnknownKeyError.
func (r *Ring) Open(sealed []byte, context string) ([]byte, error) {
	k, err := r.find(sealed)
	if err != nil {
		return nil, fmt.Errorf("open with the master key: %w", err)
	}
	plain, err := k.seal.open(sealed, context)
	if err != nil {
		return nil, fmt.Errorf("open with master key %s: %w", k.id, err)
	}
	return plain, nil
}

// Digests implements ports.Vault. Each is HMAC-SHA-256, 32 bytes.
func (r *Ring) Digests(purpose, value string) [][]byte {
	all := make([][]byte, len(r.keys))
	for i, k := range r.keys {
		mac := hmac.New(sha256.New, k.root.derive(labelDigest+purpose, keySize))
		mac.Write([]byte(value))
		all[i] = mac.Sum(nil)
	}
	return all
}

// TokenKeys are the keys that opaque tokens are tagged with, the current one first.
func (r *Ring) TokenKeys() oauth.TokenKeys {
	keys := make(oauth.TokenKeys, len(r.keys))
	for i, k := range r.keys {
		keys[i] = k.token
	}
	return keys
}

// IDs are the public ids of the master keys, the current one first.
func (r *Ring) IDs() []string {
	ids := make([]string, len(r.keys))
	for i, k := range r.keys {
		ids[i] = k.id.String()
	}
	return ids
}

// String implements fmt.Stringer without showing the keys.
func (r Ring) String() string { return "master keys " + strings.Join(r.IDs(), ", ") }

// GoString implements fmt.GoStringer without showing the keys.
func (r Ring) GoString() string { return r.String() }

// LogValue implements slog.LogValuer without showing the keys.
func (r Ring) LogValue() slog.Value { return slog.StringValue(r.String()) }

// unwrap gives the account key in wrapped, ready for use.
func (r *Ring) unwrap(wrapped []byte) (box, error) {
	if b, ok := r.accounts.get(wrapped); ok {
		return b, nil
	}
	k, err := r.find(wrapped)
	if err != nil {
		return box{}, fmt.Errorf("unwrap an account key: %w", err)
	}
	secret, err := k.wrap.open(wrapped, contextWrap)
	if err != nil {
		return box{}, fmt.Errorf("unwrap an account key with master key %s: %w", k.id, err)
	}
	account := rootOf(secret)
	b := newBox(account.id(), account.derive(labelSeal, keySize))
	r.accounts.put(wrapped, b)
	return b, nil
}

// find gives the master key that sealed names.
func (r *Ring) find(sealed []byte) (key, error) {
	id, _, err := split(sealed)
	if err != nil {
		return key{}, err
	}
	for _, k := range r.keys {
		if k.id == id {
			return k, nil
		}
	}
	return key{}, &UnknownKeyError{ID: id.String()}
}
