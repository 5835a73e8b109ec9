package account

import (
	"strings"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Details are the claims of the profile scope beside name and handle (OIDC Core §5.1).
type Details struct {
	GivenName  event.Personal `json:"given_name,omitempty"`
	FamilyName event.Personal `json:"family_name,omitempty"`
	MiddleName event.Personal `json:"middle_name,omitempty"`
	Nickname   event.Personal `json:"nickname,omitempty"`
	Page       event.Personal `json:"profile,omitempty"`
	Picture    event.Personal `json:"picture,omitempty"`
	Website    event.Personal `json:"website,omitempty"`
	Gender     event.Personal `json:"gender,omitempty"`
	Birthdate  event.Personal `json:"birthdate,omitempty"` // YYYY-MM-DD, 0000-MM-DD or YYYY
	Zoneinfo   event.Personal `json:"zoneinfo,omitempty"`
	Locale     event.Personal `json:"locale,omitempty"` // BCP 47
}

// Address is a postal address (OIDC Core §5.1.1).
type Address struct {
	Formatted  event.Personal `json:"formatted,omitempty"`
	Street     event.Personal `json:"street_address,omitempty"`
	Locality   event.Personal `json:"locality,omitempty"`
	Region     event.Personal `json:"region,omitempty"`
	PostalCode event.Personal `json:"postal_code,omitempty"`
	Country    event.Personal `json:"country,omitempty"`
}

// Refusals of details.
var (
	ErrDetails   = oauth.Refuse(oauth.InvalidRequest, "each detail of a profile has at most 200 printable characters")
	ErrLink      = oauth.Refuse(oauth.InvalidRequest, "profile, picture and website are https or http addresses")
	ErrBirthdate = oauth.Refuse(oauth.InvalidRequest, "birthdate is YYYY-MM-DD, 0000-MM-DD or YYYY")
	ErrAddress   = oauth.Refuse(oauth.InvalidRequest, "each part of an address has at most 500 characters")
)

func (d Details) check() error {
	for _, text := range []event.Personal{
		d.GivenName, d.FamilyName, d.MiddleName, d.Nickname, d.Gender, d.Zoneinfo, d.Locale, d.Page, d.Picture, d.Website,
	} {
		if !showsWithin(text.Reveal(), 200) {
			return ErrDetails
		}
	}
	for _, link := range []event.Personal{d.Page, d.Picture, d.Website} {
		if link != "" && !isLink(link.Reveal()) {
			return ErrLink
		}
	}
	if d.Birthdate != "" && !isBirthdate(d.Birthdate.Reveal()) {
		return ErrBirthdate
	}
	return nil
}

// check lets an address have lines, which every part of it may (OIDC Core §5.1.1).
func (a Address) check() error {
	for _, part := range []event.Personal{a.Formatted, a.Street, a.Locality, a.Region, a.PostalCode, a.Country} {
		lines := strings.ReplaceAll(strings.ReplaceAll(part.Reveal(), "\r\n", " "), "\n", " ")
		if !showsWithin(lines, 500) {
			return ErrAddress
		}
	}
	return nil
}

// isLink reports whether a browser that follows it stays on the web: javascript: and its like do not.
func isLink(s string) bool {
	rest, secure := strings.CutPrefix(s, "https://")
	if !secure {
		rest, secure = strings.CutPrefix(s, "http://")
	}
	return secure && rest != "" && rest[0] != '/' && !strings.ContainsAny(rest, " \"'<>\\`")
}

func isBirthdate(s string) bool {
	shape := func(pattern string) bool {
		if len(s) != len(pattern) {
			return false
		}
		for i := range len(s) {
			digit := s[i] >= '0' && s[i] <= '9'
			if pattern[i] == '0' && !digit || pattern[i] == '-' && s[i] != '-' {
				return false
			}
		}
		return true
	}
	if shape("0000") {
		return true
	}
	return shape("0000-00-00") && s[5:7] >= "01" && s[5:7] <= "12" && s[8:] >= "01" && s[8:] <= "31"
}
