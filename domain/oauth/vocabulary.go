package oauth

import (
	"fmt"
	"strings"
)

// Vocabulary is every scope word that a server knows: the standard scopes and its catalogue of
// permissions. It is immutable and safe for concurrent use.
type Vocabulary struct {
	permissions []string
	rank        map[string]int
}

// NewVocabulary makes a vocabulary of the standard scopes and permissions, whose order is kept.
// A permission is refused when it is not a scope word, is standard or stands there twice.
func NewVocabulary(permissions []string) (*Vocabulary, error) {
	v := &Vocabulary{rank: map[string]int{}}
	for _, w := range standardScopes {
		v.rank[w] = len(v.rank)
	}
	for _, w := range permissions {
		if !isScopeWord(w) {
			return nil, fmt.Errorf("permission %q is not a scope word (RFC 6749 §3.3)", w)
		}
		if _, known := v.rank[w]; known {
			return nil, fmt.Errorf("permission %q is a standard scope, or listed twice", w)
		}
		v.rank[w] = len(v.rank)
		v.permissions = append(v.permissions, w)
	}
	return v, nil
}

// Permissions is the catalogue as a set.
func (v *Vocabulary) Permissions() Scope { return NewScope(v.permissions...) }

// Everything is all standard scopes and all permissions.
func (v *Vocabulary) Everything() Scope { return StandardScopes.Join(v.Permissions()) }

// ErrUnknownScope refuses a word that is not in the vocabulary. The whole request is refused, at
// every endpoint alike.
var ErrUnknownScope = Refuse(InvalidScope, "the scope has a word that this server does not know")

// Parse reads the scope parameter of a request: words separated by spaces, in any order, repeated
// or not. The result is in canonical order.
func (v *Vocabulary) Parse(s string) (Scope, error) {
	if v.isCanonical(s) {
		return Scope(s), nil
	}
	words := strings.Split(s, " ")
	for _, w := range words {
		if w == "" {
			continue
		}
		if _, known := v.rank[w]; !known {
			return "", ErrUnknownScope
		}
	}
	return v.Canonical(NewScope(words...)), nil
}

// Canonical puts the words of s in the order of the vocabulary. Words that it does not know, such
// as permissions that were taken from the catalogue, go to the end.
func (v *Vocabulary) Canonical(s Scope) Scope {
	if v.isCanonical(string(s)) {
		return s
	}
	words := s.Words()
	ranked := make([]string, len(v.rank))
	var unknown []string
	for _, w := range words {
		if rank, known := v.rank[w]; known {
			ranked[rank] = w
		} else {
			unknown = append(unknown, w)
		}
	}
	return NewScope(append(ranked, unknown...)...)
}

// isCanonical reports whether s is what Canonical would make of it, as most that is asked for is.
func (v *Vocabulary) isCanonical(s string) bool {
	last := -1
	for rest, more := s, s != ""; more; {
		var word string
		word, rest, more = strings.Cut(rest, " ")
		rank, known := v.rank[word]
		if !known || rank <= last {
			return false
		}
		last = rank
	}
	return true
}

// IsPermissionWord reports whether w can be the name of a permission, of this catalogue or another.
func IsPermissionWord(w string) bool { return isScopeWord(w) && !IsStandardScope(w) }

// isScopeWord follows the grammar of RFC 6749 §3.3.
func isScopeWord(w string) bool {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c < 0x21 || c == '"' || c == '\\' || c > 0x7e {
			return false
		}
	}
	return w != ""
}

// DefaultPermissions is the catalogue of Storyden, in its order.
var DefaultPermissions = []string{
	"CREATE_POST", "READ_PUBLISHED_THREADS", "CREATE_REACTION", "MANAGE_POSTS", "MANAGE_CATEGORIES",
	"CREATE_INVITATION", "READ_PUBLISHED_LIBRARY", "MANAGE_LIBRARY", "SUBMIT_LIBRARY_NODE",
	"SUBMIT_LIBRARY_NODE_CHANGES", "UPLOAD_ASSET", "MANAGE_EVENTS", "LIST_PROFILES", "READ_PROFILE",
	"CREATE_COLLECTION", "LIST_COLLECTIONS", "READ_COLLECTION", "MANAGE_COLLECTIONS",
	"COLLECTION_SUBMIT", UseAccessKeys, UseOAuthClients, "MANAGE_SETTINGS",
	"MANAGE_ACCOUNTS", "MANAGE_WARNINGS", "MANAGE_SUSPENSIONS", "MANAGE_ROLES", "MANAGE_REPORTS",
	"VIEW_ACCOUNTS", "VIEW_MODERATION_NOTES", "MANAGE_MODERATION_NOTES", "USE_ROBOTS",
	"MANAGE_ROBOTS", "MANAGE_TRAILS", Administrator,
}

// MemberPermissions is what a new account holds when nothing is said: Storyden's member role, and
// the permission to use OAuth clients.
const MemberPermissions Scope = "CREATE_POST READ_PUBLISHED_THREADS CREATE_REACTION READ_PUBLISHED_LIBRARY " +
	"SUBMIT_LIBRARY_NODE SUBMIT_LIBRARY_NODE_CHANGES UPLOAD_ASSET LIST_PROFILES READ_PROFILE " +
	"CREATE_COLLECTION LIST_COLLECTIONS READ_COLLECTION COLLECTION_SUBMIT USE_OAUTH_CLIENTS"
