package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Profile is what claims about a person are made of (OIDC Core §5.1). An empty field is absent.
type Profile struct {
	Handle        event.Personal `json:"handle,omitempty"` // preferred_username
	Name          event.Personal `json:"name,omitempty"`
	Email         event.Personal `json:"email,omitempty"`
	EmailVerified bool           `json:"email_verified,omitempty"`
	Phone         event.Personal `json:"phone,omitempty"` // E.164
	PhoneVerified bool           `json:"phone_verified,omitempty"`
	Details       Details        `json:"details,omitzero"`
	Address       Address        `json:"address,omitzero"`
}

// Refusals of a profile.
var (
	ErrHandle = oauth.Refuse(oauth.InvalidRequest, "a handle has 1 to 30 of a-z, 0-9, - and _, and begins with a letter or digit")
	ErrName   = oauth.Refuse(oauth.InvalidRequest, "a name has at most 100 printable characters")
	ErrEmail  = oauth.Refuse(oauth.InvalidRequest, "this is not an e-mail address")
	ErrPhone  = oauth.Refuse(oauth.InvalidRequest, "a phone number is given in E.164: + and 7 to 15 digits")
)

// NormalHandle is the one form of a handle, by which it is stored and found. Handles are ASCII, so
// that none can look like another.
func NormalHandle(s string) (string, error) {
	s = lower(s)
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_') {
			return "", ErrHandle
		}
	}
	if s == "" || len(s) > 30 {
		return "", ErrHandle
	}
	return s, nil
}

// lower folds ASCII alone: Unicode folds the Kelvin sign to a k, so that one name would be another.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Check refuses a profile that an account cannot have.
func (p Profile) Check() error {
	_, err := p.normal()
	return err
}

// normal checks a profile and puts it into its one form.
func (p Profile) normal() (Profile, error) {
	if p.Handle != "" {
		handle, err := NormalHandle(p.Handle.Reveal())
		if err != nil {
			return p, err
		}
		p.Handle = event.Personal(handle)
	}
	p.Email = event.Personal(lower(p.Email.Reveal()))
	p.EmailVerified = p.EmailVerified && p.Email != ""
	p.PhoneVerified = p.PhoneVerified && p.Phone != ""
	switch {
	case !shows(p.Name.Reveal()):
		return p, ErrName
	case p.Email != "" && !isEmail(p.Email.Reveal()):
		return p, ErrEmail
	case p.Phone != "" && !isE164(p.Phone.Reveal()):
		return p, ErrPhone
	}
	if err := p.Details.check(); err != nil {
		return p, err
	}
	return p, p.Address.check()
}

func shows(s string) bool { return showsWithin(s, 100) }

func showsWithin(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func isEmail(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	plain := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>()[],;:\"`, r) })
	return found && local != "" && domain != "" && !strings.Contains(domain, "@") && len(s) <= 254 && plain
}

func isE164(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "" && digits[0] != '0'
}

// differences names the fields in which p and other differ.
func (p Profile) differences(other Profile) []string {
	fields := []string{}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"handle", p.Handle == other.Handle},
		{"name", p.Name == other.Name},
		{"email", p.Email == other.Email},
		{"email_verified", p.EmailVerified == other.EmailVerified},
		{"phone", p.Phone == other.Phone},
		{"phone_verified", p.PhoneVerified == other.PhoneVerified},
		{"details", p.Details == other.Details},
		{"address", p.Address == other.Address},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
