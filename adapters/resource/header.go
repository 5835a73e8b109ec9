package resource

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// The longest token and the longest header that are looked at, in bytes.
const (
	maxToken  = 16 * 1024
	maxHeader = 2 * 1024
)

// compact is a JWS in its compact serialisation (RFC 7515 §7.1), not yet verified.
type compact struct {
	header    header
	signed    string // what the signature is of
	payload   string // encoded
	signature []byte
}

// header is what is read of a JOSE header. Nothing else in it has an effect.
type header struct{ alg, kid, typ string }

// refused are parameters of tokens that want to bring their own key (RFC 8725 §3.10), or to be read
// in a way that is not understood here (RFC 7515 §4.1.11, RFC 7797 §6).
var refused = []string{"crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"}

var (
	errTooLong  = errors.New("it is too long")
	errParts    = errors.New("it does not have three parts")
	errEncoding = errors.New("it is not canonical base64url")
	errHeader   = errors.New("its header is not one plain object of JSON")
)

func parse(token string) (compact, error) {
	if len(token) > maxToken {
		return compact{}, errTooLong
	}
	first, rest, _ := strings.Cut(token, ".")
	second, third, found := strings.Cut(rest, ".")
	if !found || strings.Contains(third, ".") {
		return compact{}, errParts
	}
	h, err := parseHeader(first)
	if err != nil {
		return compact{}, err
	}
	signature, err := decode(third)
	if err != nil {
		return compact{}, err
	}
	return compact{h, token[:len(first)+1+len(second)], second, signature}, nil
}

// decode reads base64url in its one canonical form (RFC 7515 §2). The decoder would pass over
// line breaks.
func decode(part string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || strings.ContainsAny(part, "\r\n") {
		return nil, errEncoding
	}
	return b, nil
}

// parseHeader reads names exactly and refuses those that come twice, for readers differ in which of
// the two they take (RFC 7515 §4).
func parseHeader(part string) (header, error) {
	if len(part) > maxHeader {
		return header{}, errTooLong
	}
	plain, err := decode(part)
	if err != nil {
		return header{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return header{}, errHeader
	}
	h, err := readMembers(decoder)
	if err != nil {
		return header{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return header{}, errHeader
	}
	return h, nil
}

func readMembers(decoder *json.Decoder) (h header, err error) {
	var seen []string
	for decoder.More() {
		name, _ := decoder.Token()
		text, is := name.(string)
		if !is || slices.Contains(seen, text) {
			return h, errHeader
		}
		if slices.Contains(refused, text) {
			return h, errors.New("its header has " + text)
		}
		seen = append(seen, text)
		if err := h.read(decoder, text); err != nil {
			return h, err
		}
	}
	if closing, err := decoder.Token(); err != nil || closing != json.Delim('}') {
		return h, errHeader
	}
	return h, nil
}

// read takes the value of one member.
func (h *header) read(decoder *json.Decoder, name string) error {
	var value any
	if decoder.Decode(&value) != nil {
		return errHeader
	}
	into, known := map[string]*string{"alg": &h.alg, "kid": &h.kid, "typ": &h.typ}[name]
	if !known {
		return nil
	}
	text, is := value.(string)
	if !is {
		return errors.New("its " + name + " is not a string")
	}
	*into = text
	return nil
}

// isAccessToken reports whether the type is that of an access token (RFC 9068 §2.1). Others of the
// same issuer, ID tokens above all, are signed with the same keys.
func (h header) isAccessToken() bool {
	return strings.EqualFold(h.typ, "at+jwt") || strings.EqualFold(h.typ, "application/at+jwt")
}
