package jwtsigner

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"writ/domain/oauth"
)

// maxToken is the size of the longest token that is looked at, in bytes.
const maxToken = 16 * 1024

var errNoKeys = errors.New("verify a token: no keys are installed")

// Verify implements ports.Verifier. What is wrong with a token is in the text of the error, for
// the log. When there is an error, claims may be filled in part.
func (r *Ring) Verify(_ context.Context, token, typ string, claims any) error {
	known := r.keys.Load()
	if len(known.byID) == 0 {
		return errNoKeys
	}
	payload, err := known.open(token, typ)
	if err != nil {
		return fmt.Errorf("verify a token: %w: %w", oauth.ErrTokenInvalid, err)
	}
	err = json.Unmarshal(payload, claims)
	var misuse *json.InvalidUnmarshalError
	switch {
	case errors.As(err, &misuse):
		return fmt.Errorf("verify a token: %w", err)
	case err != nil:
		return fmt.Errorf("verify a token: %w: its claims do not fit", oauth.ErrTokenInvalid) // the cause may quote them
	}
	return nil
}

// open returns the payload of a token that one of the keys signed as typ. A token that did so
// before is the same token, and so has the same answer.
func (ks *keys) open(token, typ string) ([]byte, error) {
	parts, err := split(token)
	if err != nil {
		return nil, err
	}
	d := digest(sha256.Sum256([]byte(token)))
	if ks.verified.has(d, typ) {
		return decode(parts[1])
	}
	payload, err := ks.verify(token, typ, parts)
	if err == nil {
		ks.verified.add(d, typ)
	}
	return payload, err
}

func (ks *keys) verify(token, typ string, parts []string) ([]byte, error) {
	h, err := parseHeader(parts[0])
	if err != nil {
		return nil, err
	}
	k, ok := ks.byID[h.kid]
	if !ok {
		return nil, errors.New("no key has its kid")
	}
	if h.alg != string(k.alg) {
		return nil, errors.New("its alg is not that of its key")
	}
	if !sameType(h.typ, typ) {
		return nil, errors.New("its typ is another one")
	}
	return ks.authentic(k, token, parts)
}

// split takes a compact serialisation apart (RFC 7515 §7.1).
func split(token string) ([]string, error) {
	if len(token) > maxToken {
		return nil, errors.New("it is too long")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("it does not have three parts")
	}
	return parts, nil
}

// authentic returns the payload if k made the signature.
func (ks *keys) authentic(k key, token string, parts []string) ([]byte, error) {
	signature, err := decode(parts[2])
	if err != nil {
		return nil, err
	}
	signed := token[:len(parts[0])+1+len(parts[1])]
	err = ks.genuine(k, signed, signature)
	if err != nil {
		return nil, err
	}
	payload, err := decode(parts[1])
	if err != nil {
		return nil, err
	}
	return payload, checkObject(payload)
}

// decode reads base64url in its one canonical form (RFC 7515 §2). The decoder would pass over
// line breaks.
func decode(part string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, errors.New("it is not canonical base64url")
	}
	return b, nil
}

// sameType compares media types without their case and their "application/" (RFC 7515 §4.1.9).
func sameType(a, b string) bool { return strings.EqualFold(shortType(a), shortType(b)) }

func shortType(typ string) string {
	const prefix = "application/"
	if len(typ) < len(prefix) || !strings.EqualFold(typ[:len(prefix)], prefix) {
		return typ
	}
	rest := typ[len(prefix):]
	if strings.Contains(rest, "/") {
		return typ
	}
	return rest
}
