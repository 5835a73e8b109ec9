package pages

import (
	"fmt"
	"net/url"
	"strings"
)

// maxReturn is how long a return_url may be: an authorization request fits well.
const maxReturn = 8 << 10

// localPath is where to go after signing in: return_url when it is a path on this server, and
// otherwise nothing (RFC 9700 §4.11.2). Browsers take a backslash for a slash and drop tabs and
// line breaks, so that a path with one of them may not be what it looks like. A query may hold
// what clients put there; it is only escaped.
func localPath(returnURL string) string {
	path, query, asks := strings.Cut(returnURL, "?")
	odd := strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == '\\' || r == '#' || r >= 0x7f })
	if odd || len(returnURL) > maxReturn || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return ""
	}
	if _, err := url.Parse(path); err != nil {
		return ""
	}
	if asks {
		path += "?" + escaped(query)
	}
	return path
}

// escapedValue is a value in a query.
func escapedValue(s string) string { return url.QueryEscape(s) }

// escaped is a query with nothing in it that parsers disagree on. Escaping again changes nothing.
func escaped(query string) string {
	var b strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c <= ' ', c >= 0x7f, strings.IndexByte("\\#\"<>`{|}^'", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
