package account

import (
	"strings"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// The form of an access key: a prefix by which scanners for leaked secrets know it, an id that finds
// it, and a secret of 190 bits, all of letters and digits.
const (
	KeyPrefix    = "sdpak_"
	keyIDSize    = 12
	keySize      = len(KeyPrefix) + keyIDSize + 32
	keyAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	keyCollected = 64 // random bytes that are drawn at a time
)

// MintKey makes a new access key of random bytes. What is kept of it is its id and its digest.
func MintKey(fill func([]byte)) (id string, key oauth.Secret) {
	text := []byte(KeyPrefix)
	for len(text) < keySize {
		var random [keyCollected]byte
		fill(random[:])
		text = appendFair(text, random[:])
	}
	return string(text[len(KeyPrefix):][:keyIDSize]), oauth.Secret(text)
}

// appendFair adds a character for each byte that stands for all characters equally often.
func appendFair(text, random []byte) []byte {
	const fair = 256 / len(keyAlphabet) * len(keyAlphabet)
	for _, b := range random {
		if int(b) < fair && len(text) < keySize {
			text = append(text, keyAlphabet[int(b)%len(keyAlphabet)])
		}
	}
	return text
}

// ParseKey reads the id out of an access key, and reports false for what cannot be one.
func ParseKey(key oauth.Secret) (id string, ok bool) {
	text := key.Reveal()
	rest, has := strings.CutPrefix(text, KeyPrefix)
	if !has || len(text) != keySize || strings.Trim(rest, keyAlphabet) != "" {
		return "", false
	}
	return rest[:keyIDSize], true
}

// KeyID is what finds the account of an access key.
func KeyID(id string) event.Unique { return event.Unique{Kind: "access_key", Value: id} }

// Opens reports whether a secret is the key's, and the key may be used at a time.
func (k Key) Opens(secret oauth.Secret, at time.Time) bool {
	return k.Live(at) && oauth.DigestOf([]byte(secret.Reveal())).Matches(k.Digest)
}

// MayUseKeys reports whether the account's programs may act by access keys now.
func (a *Account) MayUseKeys() bool {
	held := a.state.Permissions
	return a.Served() == nil && (held.Has(oauth.UseAccessKeys) || held.Has(oauth.Administrator))
}
