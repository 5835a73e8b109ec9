package account

import (
	"strings"
	"unicode/utf8"

	"writ/domain/oauth"
)

// The length of passwords: in characters at least, as NIST SP 800-63B §3.1.1.2 asks for, and in bytes at most.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// Refusals of passwords.
var (
	ErrPasswordShort    = oauth.Refuse(oauth.InvalidRequest, "a password has at least 8 characters")
	ErrPasswordLong     = oauth.Refuse(oauth.InvalidRequest, "a password has at most 1024 bytes")
	ErrPasswordFrequent = oauth.Refuse(oauth.InvalidRequest, "many people have this password: choose another")
	ErrPasswordOwn      = oauth.Refuse(oauth.InvalidRequest, "a password is not the name or the address of its owner")
)

// CheckPassword refuses a password that is too easily guessed of somebody with this profile. What
// kinds of characters it is made of does not matter. common says whether many people have it.
func CheckPassword(password oauth.Secret, p Profile, common bool) error {
	text := password.Reveal()
	switch {
	case utf8.RuneCountInString(text) < MinPassword:
		return ErrPasswordShort
	case len(text) > MaxPassword:
		return ErrPasswordLong
	case common:
		return ErrPasswordFrequent
	case isOwn(text, p):
		return ErrPasswordOwn
	default:
		return nil
	}
}

// isOwn reports whether a password is nothing but what everybody knows of its owner.
func isOwn(text string, p Profile) bool {
	box, _, _ := strings.Cut(p.Email.Reveal(), "@")
	for _, known := range []string{p.Handle.Reveal(), p.Name.Reveal(), p.Email.Reveal(), box, p.Phone.Reveal()} {
		if known != "" && strings.EqualFold(strings.TrimSpace(text), known) {
			return true
		}
	}
	return false
}
