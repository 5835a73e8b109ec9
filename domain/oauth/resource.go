package oauth

import (
	"net/url"
	"slices"
)

// ErrResource refuses a resource parameter (RFC 8707 §2).
var ErrResource = Refuse(InvalidTarget, "resource must be an absolute URI without a fragment that this client may use")

// ParseResource checks the syntax of a resource indicator (RFC 8707 §2).
func ParseResource(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || !plainURI(s) || len(s) > maxURI || (u.Host == "" && u.Opaque == "") {
		return "", ErrResource
	}
	return s, nil
}

// CoversResources reports whether every wanted resource was granted.
func CoversResources(granted, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(r string) bool { return !slices.Contains(granted, r) })
}
