package pages

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"writ/adapters/httpapi/visitor"
	"writ/application/authorize"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
)

// Config is what the pages say about the server.
type Config struct {
	Issuer *url.URL // its origin is the one that forms may be sent from
	Name   string   // what people know the server as; empty: the issuer's host
}

// Verbs are the use cases that the pages call.
type Verbs struct {
	Password *signin.Password
	Leave    *signin.Leave
	Consent  *authorize.Consent
	Device   *authorize.DeviceConsent
	Grants   *review.Grants
	Revoke   *revoke.Grant
}

// Pages serves the pages. It is safe for concurrent use.
type Pages struct {
	name      string
	gate      *visitor.Gate
	verbs     Verbs
	origins   *http.CrossOriginProtection
	assets    []asset
	templates templates
}

// New makes the pages.
func New(cfg Config, gate *visitor.Gate, verbs Verbs) *Pages {
	p := &Pages{name: cfg.Name, gate: gate, verbs: verbs, origins: http.NewCrossOriginProtection(), assets: assets()}
	if p.name == "" {
		p.name = cfg.Issuer.Host
	}
	// Behind a proxy the Host of a request need not be the issuer's.
	_ = p.origins.AddTrustedOrigin(cfg.Issuer.Scheme + "://" + cfg.Issuer.Host) // refuses what is no origin
	p.templates = parse(p)
	return p
}

// The paths of the pages.
const (
	homePath         = "/"
	loginPath        = "/login"
	logoutPath       = "/logout"
	consentPath      = "/oauth/authorize/consent"
	devicePath       = "/device"
	applicationsPath = "/account/applications"
	revokePath       = "/account/applications/revoke"
)

// Mount adds the routes of the pages.
func (p *Pages) Mount(r gin.IRoutes) {
	for path, show := range map[string]gin.HandlerFunc{
		homePath: p.home, loginPath: p.login, consentPath: p.consent,
		devicePath: p.device, applicationsPath: p.applications,
	} {
		r.GET(path, protect, show)
		r.HEAD(path, protect, show)
	}
	for path, act := range map[string]gin.HandlerFunc{
		loginPath: p.signIn, logoutPath: p.signOut, consentPath: p.decideConsent,
		devicePath: p.decideDevice, revokePath: p.revoke,
	} {
		r.POST(path, protect, p.form, act)
	}
	for _, a := range p.assets {
		r.GET(a.path, a.serve)
		r.HEAD(a.path, a.serve)
	}
}

// member tells who is signed in. Somebody who is not is sent to sign in, and then back to a path.
func (p *Pages) member(c *gin.Context, back string) (signin.Recognised, bool) {
	recognised, err := p.gate.Recognise(c)
	switch {
	case err == nil:
		return recognised, true
	case isNobody(err):
		redirect(c, loginPath+"?return_url="+url.QueryEscape(back))
	default:
		p.Failure(c, err)
	}
	return recognised, false
}

// redirect sends the browser on. After a POST it is a 303, so that what was posted is not posted
// again (RFC 9700 §4.12). The location is written as it is: it may be a client's redirect URI.
func redirect(c *gin.Context, location string) {
	status := http.StatusFound
	if c.Request.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	c.Header("Location", location)
	c.AbortWithStatus(status)
}
