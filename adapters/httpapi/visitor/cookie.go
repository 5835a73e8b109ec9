package visitor

import (
	"net/http"
	"net/url"
	"time"

	"writ/domain/session"
)

// Cookie is how the session cookie of a server is called and sent.
type Cookie struct {
	Name   string
	Secure bool
}

// CookieFor is the session cookie of an issuer. On https it has the prefix __Host-, so that no
// other host of the domain can set it (RFC 6265bis §4.1.3.2). On a loopback issuer, which has no
// TLS, its name carries the port: cookies do not tell ports apart, and two servers on one machine
// would sign each other's visitors out.
func CookieFor(issuer *url.URL) Cookie {
	if issuer.Scheme == "https" {
		return Cookie{Name: "__Host-writ_session", Secure: true}
	}
	port := issuer.Port()
	if port == "" {
		port = "80"
	}
	return Cookie{Name: "writ_session_" + port}
}

// guest is the cookie of a browser in which nobody is signed in. It lasts as long as the browser.
func (c Cookie) guest() Cookie { return Cookie{Name: c.Name + "_guest", Secure: c.Secure} }

// sessionAge is how long a browser keeps the session cookie, in seconds.
const sessionAge = int(session.Lifetime / time.Second)

// with is the cookie with a value. An age of 0 lasts as long as the browser, a negative one ends
// the cookie. Lax lets the cookie come along when a client sends the person here by a link.
func (c Cookie) with(value string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // G124: Secure is what the issuer's scheme allows
		Name: c.Name, Value: value, Path: "/", MaxAge: age,
		Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
