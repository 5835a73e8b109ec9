package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"writ/adapters/httpapi/visitor"
	"writ/application/authorize"
	"writ/application/maintain"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Config is what the pages say about the server.
type Config struct {
	Issuer   *url.URL       // its origin is the one that forms may be sent from
	Brand    Brand          // whose pages they are
	LoginURL *url.URL       // where people are sent to sign in; nil: the page here
	BuiltIn  oauth.ClientID // the client that is a part of the server
	Clock    ports.Clock
	Passkeys bool // whether browsers can make passkeys for this server
}

// Verbs are the use cases that the pages call.
type Verbs struct {
	Password *signin.Password
	Leave    *signin.Leave
	Consent  *authorize.Consent
	Device   *authorize.DeviceConsent
	Grants   *review.Grants
	Revoke   *revoke.Grant

	EmailStart    *signin.EmailStart
	EmailFinish   *signin.EmailFinish
	PhoneStart    *signin.PhoneStart
	PhoneFinish   *signin.PhoneFinish
	SignUp        *signin.SignUp
	SignUpFinish  *signin.SignUpFinish
	ResetStart    *signin.ResetStart
	ResetFinish   *signin.ResetFinish
	ContactStart  *signin.ContactStart
	ContactFinish *signin.ContactFinish
	Contacts      *maintain.Contacts

	Passkeys       *maintain.Passkeys
	Keys           *maintain.Keys
	Profile        *maintain.Profile
	Sessions       *maintain.Sessions
	Erasure        *maintain.Erasure
	PasswordChange *signin.PasswordChange
	Upstreams      *signin.UpstreamBegin
	Identities     *maintain.Identities
}

// Pages serves the pages. It is safe for concurrent use.
type Pages struct {
	name      string
	builtIn   oauth.ClientID
	root      string // what stands in front of every path
	loginURL  *url.URL
	forms     string // where forms may lead, as a part of the policy
	gate      *visitor.Gate
	verbs     Verbs
	clock     ports.Clock
	passkeys  bool
	origins   *http.CrossOriginProtection
	assets    []asset
	templates map[*tongue]func() templates
}

// New makes the pages.
func New(cfg Config, gate *visitor.Gate, verbs Verbs) *Pages {
	p := &Pages{
		name: cmp.Or(cfg.Brand.Name, cfg.Issuer.Host), builtIn: cfg.BuiltIn, root: rootOf(cfg.Issuer), loginURL: cfg.LoginURL,
		gate: gate, verbs: verbs, clock: cfg.Clock, passkeys: cfg.Passkeys, origins: http.NewCrossOriginProtection(), assets: assets(cfg.Brand),
	}
	if p.loginURL == nil {
		p.loginURL = &url.URL{Path: p.at(loginPath)}
	}
	p.forms = formsFor(p.loginURL)
	// Behind a proxy the Host of a request need not be the issuer's.
	_ = p.origins.AddTrustedOrigin(cfg.Issuer.Scheme + "://" + cfg.Issuer.Host) // refuses what is no origin
	p.templates = map[*tongue]func() templates{}
	for _, t := range tongues { // when somebody first reads it: most servers speak one or two
		p.templates[t] = sync.OnceValue(func() templates { return parse(p, t) })
	}
	return p
}

// rootOf is the path under which an issuer has its pages, beside the API at /api.
func rootOf(issuer *url.URL) string {
	return strings.TrimSuffix(strings.TrimSuffix(issuer.Path, "/"), "/api")
}

// at is where a browser finds a path of ours.
func (p *Pages) at(path string) string { return p.root + path }

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

// Mount adds the routes of the pages. What this server was not set up for has no page.
func (p *Pages) Mount(r gin.IRoutes) {
	shown := map[string]gin.HandlerFunc{
		homePath: p.home, loginPath: p.login, consentPath: p.consent,
		devicePath: p.device, applicationsPath: p.applications, addressesPath: p.addresses,
		accessKeysPath: p.accessKeys, securityPath: p.security, profilePath: p.profile, sessionsPath: p.sessions,
		dataPath: p.data, dataExportPath: p.export,
	}
	acts := map[string]gin.HandlerFunc{
		loginPath: p.signIn, logoutPath: p.signOut, consentPath: p.decideConsent,
		devicePath: p.decideDevice, revokePath: p.revoke,
		addressesPath: p.addAddress, addressCodePath: p.finishAddress, addressPreferPath: p.preferAddress, addressRemovePath: p.removeAddress,
		accessKeysPath: p.makeKey, keyRemovePath: p.removeKey, passkeyRenamePath: p.renamePasskey, passkeyRemovePath: p.removePasskey,
		profilePath: p.changeProfile, passwordPath: p.changePassword, sessionEndPath: p.endSession, sessionRestPath: p.endOthers,
		dataErasePath: p.erase, identityRemovePath: p.removeIdentity,
	}
	p.offered(shown, acts)
	for path, show := range shown {
		r.GET(path, p.protect, show)
		r.HEAD(path, p.protect, show)
	}
	for path, act := range acts {
		r.POST(path, p.protect, p.form, act)
	}
	for _, a := range p.assets {
		r.GET(a.path, a.serve)
		r.HEAD(a.path, a.serve)
	}
}

// offered adds the pages of the ways to sign in that there are.
func (p *Pages) offered(shown, acts map[string]gin.HandlerFunc) {
	if p.verbs.EmailStart.Offered() {
		shown[emailPath], shown[emailLinkPath] = p.email, p.emailLinked
		acts[emailPath], acts[emailCodePath] = p.sendEmail, p.finishEmail
	}
	if p.verbs.PhoneStart.Offered() {
		shown[phonePath] = p.phone
		acts[phonePath], acts[phoneCodePath] = p.sendText, p.finishText
	}
	if p.verbs.SignUp.Offered() {
		shown[signUpPath], shown[signUpLinkPath] = p.signUp, p.signUpLinked
		acts[signUpPath], acts[signUpCodePath] = p.open, p.finishSignUp
	}
	if p.verbs.ResetStart.Offered() {
		shown[resetPath] = p.reset
		acts[resetPath], acts[resetCodePath] = p.sendReset, p.finishReset
	}
}

// member tells who is signed in. Somebody who is not is sent to sign in, and then back to a path,
// in the language that was asked for.
func (p *Pages) member(c *gin.Context, back string) (signin.Recognised, bool) {
	recognised, err := p.gate.Recognise(c)
	switch {
	case err == nil:
		return recognised, true
	case isNobody(err):
		redirect(c, p.signInFor(p.at(p.spoken(c).keptIn(back))))
	default:
		p.Failure(c, err)
	}
	return recognised, false
}

// signInFor is where people sign in to come back to a path.
func (p *Pages) signInFor(back string) string {
	u := *p.loginURL
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "return_url=" + url.QueryEscape(back)
	return u.String()
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
