package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"writ/domain/session"
)

// maxForm is how many bytes a form may have.
const maxForm = 64 << 10

// protect sets the headers of every page and of every redirect from one.
func (p *Pages) protect(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy+p.forms)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// policy allows nothing but our own style sheet and pictures.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// scripted lets a page run our own script, which asks our own endpoints. Passkeys need it: they are
// made and used by a script of the page.
func scripted(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'self'; connect-src 'self'")
}

// formsFor bounds where forms lead. It binds the redirects that follow, too, so that it names a
// sign-in page elsewhere.
func formsFor(login *url.URL) string {
	if login.Host == "" {
		return "; form-action 'self'"
	}
	return "; form-action 'self' " + login.Scheme + "://" + login.Host
}

// onTheWay loosens the headers of a page that stands on the way to a client. Its form ends in a
// redirect to the client, which form-action would stop; and a client that opened the page in a
// window of its own needs that window to find back to it.
func onTheWay(c *gin.Context) {
	c.Header("Content-Security-Policy", policy)
	c.Header("Cross-Origin-Opener-Policy", "unsafe-none")
}

// form reads a form that was posted, if it was posted from here. Browsers that say where a request
// comes from say so in Sec-Fetch-Site; Origin is "null" under our Referrer-Policy and is looked at
// only without the former. The token of the form itself is checked by who knows its purpose.
func (p *Pages) form(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := p.origins.Check(c.Request); err != nil {
		p.problem(c, http.StatusForbidden, "forged", "")
		return
	}
	if err := c.Request.ParseForm(); err != nil {
		p.problem(c, http.StatusBadRequest, "malformed", "")
	}
}

// genuine reports whether the form was sent out to this visitor for a purpose. If not, it shows
// that the page was out of date.
func (p *Pages) genuine(c *gin.Context, purpose string) bool {
	ok := p.gate.CheckCSRF(c, purpose, c.Request.PostForm.Get("csrf"))
	if !ok {
		p.problem(c, http.StatusForbidden, "forged", "")
	}
	return ok
}

func isNobody(err error) bool { return errors.Is(err, session.ErrNotSignedIn) }
