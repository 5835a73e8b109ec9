package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// sharing says which pages of other origins may read what a route answers.
type sharing int

const (
	withNobody     sharing = iota // no header of CORS at all, also not on OPTIONS
	withAnyone                    // any origin, without credentials
	withWebOrigins                // the frontends that are configured, with credentials
)

// gatekeeper keeps other origins out: from reading, by CORS, and from acting, by what browsers say
// of a request's origin.
type gatekeeper struct {
	origins    []string
	protection *http.CrossOriginProtection
	refuse     refusals
}

// newGatekeeper trusts the frontends, and the issuer's own origin, which behind a proxy need not be
// the Host of a request.
func newGatekeeper(own string, origins []string, refuse refusals) (*gatekeeper, error) {
	g := &gatekeeper{origins: origins, protection: http.NewCrossOriginProtection(), refuse: refuse}
	for _, o := range append([]string{own}, origins...) {
		err := g.protection.AddTrustedOrigin(o)
		if err != nil {
			return nil, fmt.Errorf("trust web origin %q: %w", o, err)
		}
	}
	return g, nil
}

// trusts reports whether a page of this origin is one of the configured frontends.
func (g *gatekeeper) trusts(origin string) bool {
	return origin != "" && origin != "null" && slices.Contains(g.origins, origin)
}

// share sets the headers of CORS on an answer.
func (g *gatekeeper) share(s sharing) gin.HandlerFunc {
	switch s {
	case withAnyone:
		return fixed("Access-Control-Allow-Origin", "*").set
	case withWebOrigins:
		return g.shareWithWebOrigins
	default:
		return func(*gin.Context) {}
	}
}

// showRefusals lets a script of any origin read why it was refused, and when to come again.
var showRefusals = fixed("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After").set

func (g *gatekeeper) shareWithWebOrigins(c *gin.Context) {
	c.Writer.Header().Add("Vary", "Origin")
	if origin := c.GetHeader("Origin"); g.trusts(origin) {
		c.Header("Access-Control-Allow-Origin", origin)
		c.Header("Access-Control-Allow-Credentials", "true")
		c.Header("Access-Control-Expose-Headers", "Retry-After")
	}
}

// preflight answers what a browser asks before a request from another origin.
func preflight(methods []string) gin.HandlerFunc {
	allowed := strings.Join(methods, ", ")
	return func(c *gin.Context) {
		c.Header("Allow", allowed)
		if c.Writer.Header().Get("Access-Control-Allow-Origin") != "" {
			c.Header("Access-Control-Allow-Methods", allowed)
			c.Header("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept")
			c.Header("Access-Control-Max-Age", "3600")
		}
		c.Status(http.StatusNoContent)
	}
}

// protect refuses requests that change something and come from another origin, which would use the
// session of whoever opened a page there.
func (g *gatekeeper) protect(c *gin.Context) {
	if err := g.protection.Check(c.Request); err != nil {
		g.refuse.person(c, errOrigin)
	}
}

// isDeliberate reports whether a script of a trusted page made the request, rather than a link or
// an image somewhere: only then may a GET claim a device code.
func (g *gatekeeper) isDeliberate(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	own := r.Header.Get("Sec-Fetch-Site") == "same-origin"
	return (mode == "cors" || mode == "same-origin") && (own || g.trusts(r.Header.Get("Origin")))
}
