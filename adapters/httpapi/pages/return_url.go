package pages

import (
	"net/url"
	"strings"
)

// maxReturn is how long a return_url may be: an authorization request fits well.
const maxReturn = 8 << 10

// localPath is where to go after signing in: return_url when it is a path on this server, and
// otherwise nothing (RFC 9700 §4.11.2). Browsers take a backslash for a slash and drop tabs and
// line breaks, so that what holds one of them may not be what it looks like.
func localPath(returnURL string) string {
	odd := strings.ContainsFunc(returnURL, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f })
	if odd || len(returnURL) > maxReturn || !strings.HasPrefix(returnURL, "/") || strings.HasPrefix(returnURL, "//") {
		return ""
	}
	u, err := url.Parse(returnURL)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil {
		return ""
	}
	return returnURL
}
