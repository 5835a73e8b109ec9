package oauth

import (
	"net/url"
	"strings"
)

// RedirectURI is where an authorization response goes (RFC 6749 §3.1.2). URIs are compared byte by
// byte, without any normalisation.
type RedirectURI string

const maxURI = 2048

// ErrRedirectURI refuses to register a URI that could leak an authorization response.
var ErrRedirectURI = Refuse(InvalidRequest, "a redirect URI must be https, http on a loopback host, "+
	"or a private-use scheme with a dot, absolute, without fragment, user and wildcard, at most 2048 bytes")

// ParseRedirectURI checks a URI that a client wants to register (RFC 9700 §2.1, RFC 8252 §7).
func ParseRedirectURI(s string) (RedirectURI, error) {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURI || !plainURI(s) || u.User != nil || !redirectScheme(u) {
		return "", ErrRedirectURI
	}
	return RedirectURI(s), nil
}

// plainURI refuses what URL parsers disagree on.
func plainURI(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`\#*"<>^{|}`+"`", c) >= 0 {
			return false
		}
	}
	return s != ""
}

func redirectScheme(u *url.URL) bool {
	switch u.Scheme {
	case "https":
		return u.Hostname() != ""
	case "http":
		return isLoopback(u.Hostname())
	default:
		// A private-use scheme is a domain name in reverse (RFC 8252 §7.1).
		return strings.Contains(u.Scheme, ".") && (u.Path != "" || u.Opaque != "" || u.Host != "")
	}
}

func isLoopback(host string) bool {
	return host == "127.0.0.1" || host == "::1" || host == "localhost"
}

// Matches reports whether a request may use requested when r is registered: when they are equal,
// or are http URIs on the same loopback host that differ in the port alone (RFC 8252 §7.3).
func (r RedirectURI) Matches(requested RedirectURI) bool {
	if r == requested {
		return true
	}
	a, portless := r.withoutLoopbackPort()
	b, alsoPortless := requested.withoutLoopbackPort()
	return portless && alsoPortless && a == b
}

// withoutLoopbackPort cuts the port out of the text, so that all the rest is compared as it is.
func (r RedirectURI) withoutLoopbackPort() (string, bool) {
	rest, isHTTP := strings.CutPrefix(string(r), "http://")
	for _, host := range []string{"127.0.0.1", "[::1]", "localhost"} {
		after, found := strings.CutPrefix(rest, host)
		if !isHTTP || !found {
			continue
		}
		after, ok := cutPort(after)
		return host + after, ok && plainURI(string(r))
	}
	return "", false
}

// cutPort drops a leading ":port" and reports whether a path, a query or nothing follows.
func cutPort(s string) (string, bool) {
	if rest, has := strings.CutPrefix(s, ":"); has {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > 5 {
			return "", false
		}
		s = rest[digits:]
	}
	return s, s == "" || s[0] == '/' || s[0] == '?'
}

// IsHTTPS reports whether only the owner of a host can receive what is sent to r.
func (r RedirectURI) IsHTTPS() bool { return strings.HasPrefix(string(r), "https://") }

// Host is the host that r names, to be shown to people; for a private-use scheme, the scheme.
func (r RedirectURI) Host() string {
	u, err := url.Parse(string(r))
	switch {
	case err != nil:
		return ""
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return u.Scheme
	default:
		return u.Host
	}
}

// With appends the parameters of an authorization response to the registered query (RFC 6749
// §4.1.2), as pairs of a name and a value.
func (r RedirectURI) With(pairs ...string) string {
	var b strings.Builder
	b.WriteString(string(r))
	glue := byte('?')
	if strings.Contains(string(r), "?") {
		glue = '&'
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteByte(glue)
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
		glue = '&'
	}
	return b.String()
}
