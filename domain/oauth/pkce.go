package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
)

// CodeChallenge is an S256 code challenge (RFC 7636 §4.2): exactly 43 characters of base64url.
type CodeChallenge string

const challengeLength = 43

// ErrChallenge refuses a code challenge that no S256 transformation can have made.
var ErrChallenge = Refuse(InvalidRequest, "code_challenge must be the base64url of a SHA-256, 43 characters")

// ParseCodeChallenge reads the code_challenge parameter.
func ParseCodeChallenge(s string) (CodeChallenge, error) {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(sum) != sha256.Size || len(s) != challengeLength { // the decoder skips line breaks
		return "", ErrChallenge
	}
	return CodeChallenge(s), nil
}

// CodeVerifier is a code verifier (RFC 7636 §4.1). It does not print.
type CodeVerifier string

// String implements fmt.Stringer without showing the verifier.
func (v CodeVerifier) String() string { return redacted }

// GoString implements fmt.GoStringer without showing the verifier.
func (v CodeVerifier) GoString() string { return redacted }

// LogValue implements slog.LogValuer without showing the verifier.
func (v CodeVerifier) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler without showing the verifier.
func (v CodeVerifier) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Challenge is the S256 transformation of v.
func (v CodeVerifier) Challenge() CodeChallenge {
	sum := sha256.Sum256([]byte(v))
	return CodeChallenge(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// Answers reports whether v is a well-formed verifier whose challenge is c. A challenge that was
// never made is answered only by no verifier at all, so that PKCE cannot be downgraded (RFC 9700
// §4.8.2).
func (v CodeVerifier) Answers(c CodeChallenge) bool {
	if c == "" {
		return v == ""
	}
	return v.wellFormed() && subtle.ConstantTimeCompare([]byte(v.Challenge()), []byte(c)) == 1
}

func (v CodeVerifier) wellFormed() bool {
	if len(v) < 43 || len(v) > 128 {
		return false
	}
	for i := 0; i < len(v); i++ {
		if !isUnreserved(v[i]) {
			return false
		}
	}
	return true
}

func isUnreserved(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	default:
		return c == '-' || c == '.' || c == '_' || c == '~'
	}
}
