package oauth

import "strings"

// Scope is a set of scope words as it goes over the wire: separated by single spaces, none twice
// (RFC 6749 §3.3). The zero value is the empty set.
type Scope string

// Words that have a meaning of their own.
const (
	OpenID        = "openid"
	Profile       = "profile"
	Email         = "email"
	Phone         = "phone"
	Address       = "address"
	OfflineAccess = "offline_access"

	// Administrator is the permission that stands for every other one.
	Administrator = "ADMINISTRATOR"
	// UseOAuthClients is the permission to let clients act for oneself.
	UseOAuthClients = "USE_OAUTH_CLIENTS"
	// UseAccessKeys is the permission to let one's own programs act by personal access keys.
	UseAccessKeys = "USE_PERSONAL_ACCESS_KEYS"
)

var standardScopes = []string{OpenID, Profile, Email, Phone, Address, OfflineAccess}

// StandardScopes are those of OpenID Connect, in their canonical order.
const StandardScopes Scope = "openid profile email phone address offline_access"

// IsStandardScope reports whether word is a scope of OpenID Connect rather than a permission.
func IsStandardScope(word string) bool {
	for _, s := range standardScopes {
		if s == word {
			return true
		}
	}
	return false
}

// NewScope makes a set of words, in their order, without repeated ones.
func NewScope(words ...string) Scope {
	var s Scope
	for _, w := range words {
		s = s.with(w)
	}
	return s
}

func (s Scope) with(word string) Scope {
	switch {
	case word == "" || s.Has(word):
		return s
	case s == "":
		return Scope(word)
	default:
		return s + " " + Scope(word)
	}
}

// Words lists the words of s; it is empty, never nil.
func (s Scope) Words() []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(string(s), " ")
}

// Has reports whether word is in s.
func (s Scope) Has(word string) bool {
	for rest := string(s); rest != ""; {
		var first string
		first, rest, _ = strings.Cut(rest, " ")
		if first == word {
			return true
		}
	}
	return false
}

// Covers reports whether every word of other is in s.
func (s Scope) Covers(other Scope) bool { return other.Without(s) == "" }

// Without is what of s is not in other.
func (s Scope) Without(other Scope) Scope {
	return s.filter(func(w string) bool { return !other.Has(w) })
}

// Within is what of s is in bound, where a bound with Administrator holds every permission.
func (s Scope) Within(bound Scope) Scope {
	all := bound.Has(Administrator)
	return s.filter(func(w string) bool { return bound.Has(w) || all && !IsStandardScope(w) })
}

// Standard is the part of s that OpenID Connect names.
func (s Scope) Standard() Scope { return s.filter(IsStandardScope) }

// Permissions is the rest of s.
func (s Scope) Permissions() Scope {
	return s.filter(func(w string) bool { return !IsStandardScope(w) })
}

// Join is s and, after it, what of other is not in it.
func (s Scope) Join(other Scope) Scope {
	rest := other.Without(s)
	if s == "" || rest == "" {
		return s + rest
	}
	return s + " " + rest
}

func (s Scope) filter(keep func(string) bool) Scope {
	if s == "" {
		return ""
	}
	kept, all := make([]string, 0, 8), true
	for rest := string(s); rest != ""; {
		var first string
		first, rest, _ = strings.Cut(rest, " ")
		if keep(first) {
			kept = append(kept, first)
		} else {
			all = false
		}
	}
	if all {
		return s
	}
	return Scope(strings.Join(kept, " "))
}
