package device

import "strings"

// UserCode is what a person types: eight symbols of Crockford's base 32, without the hyphen. It
// has 40 bits and is guarded by limits on guessing (RFC 8628 §5.1).
type UserCode string

const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength = 8
	maxTyped   = 32
)

// NewUserCode makes a user code of random bytes.
func NewUserCode(random [codeLength]byte) UserCode {
	var code [codeLength]byte
	for i, b := range random {
		code[i] = alphabet[b%32]
	}
	return UserCode(code[:])
}

// ParseUserCode reads what a person typed: letter case, hyphens and spaces do not matter, and the
// letters O, I and L are taken for the digits that they look like.
func ParseUserCode(typed string) (UserCode, bool) {
	if len(typed) > maxTyped {
		return "", false
	}
	code := strings.Map(symbol, typed)
	if len(code) != codeLength || strings.Trim(code, alphabet) != "" {
		return "", false
	}
	return UserCode(code), true
}

func symbol(r rune) rune {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case '-', ' ', '.', '_':
		return -1
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	default:
		return r
	}
}

// String is the code as people see it, XXXX-XXXX.
func (c UserCode) String() string {
	if len(c) != codeLength {
		return string(c)
	}
	return string(c[:codeLength/2] + "-" + c[codeLength/2:])
}
