package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
)

const redacted = "[secret]"

// Secret is what proves who sends it. It does not print; Reveal shows it.
type Secret string

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer without showing the secret.
func (s Secret) String() string { return redacted }

// GoString implements fmt.GoStringer without showing the secret.
func (s Secret) GoString() string { return redacted }

// LogValue implements slog.LogValuer without showing the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler without showing the secret, so that it does not
// stand in JSON either, where loggers would put it. Whoever has to send it calls Reveal.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Digest is what is kept of a secret with at least 128 bits of entropy: base64url of its SHA-256.
type Digest string

// DigestOf digests a secret.
func DigestOf(secret []byte) Digest {
	sum := sha256.Sum256(secret)
	var text [digestSize]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return Digest(text[:])
}

// digestSize is the length of every digest: base64url of 32 bytes.
const digestSize = 43

// Matches compares two digests in constant time.
func (d Digest) Matches(other Digest) bool {
	if len(d) != digestSize || len(other) != digestSize {
		return false // one of them is of nothing
	}
	var one, two [digestSize]byte
	copy(one[:], d)
	copy(two[:], other)
	return subtle.ConstantTimeCompare(one[:], two[:]) == 1
}
