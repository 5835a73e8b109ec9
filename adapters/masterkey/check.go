package masterkey

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"
)

// Check is a value to keep in a store, which shows later whether the right master key was given.
// It begins with the id of the current key and reveals nothing about it.
func (r *Ring) Check() string { return r.keys[0].checkValue() }

// Knows reports whether one of the keys made the check value.
func (r *Ring) Knows(check string) bool {
	for _, k := range r.keys {
		if hmac.Equal([]byte(k.checkValue()), []byte(check)) {
			return true
		}
	}
	return false
}

// CheckedKey is the id of the master key that made a check value, for messages.
func CheckedKey(check string) string {
	id, _, _ := strings.Cut(check, ".")
	return id
}

func (k key) checkValue() string {
	return k.id.String() + "." + base64.RawURLEncoding.EncodeToString(k.check[:])
}
