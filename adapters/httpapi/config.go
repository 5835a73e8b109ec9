package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/application/introspect"
	"writ/application/issue"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Config is what the operator decides. URLs are absolute; every URL that is answered comes from
// here, none from a request.
type Config struct {
	Server          *oauth.Server
	LoginURL        string   // empty: the built-in page
	ConsentURL      string   // empty: the built-in page
	VerificationURI string   // where people enter user codes; empty: the built-in page
	WebOrigins      []string // exact origins of frontends that are trusted
	TrustedProxies  []string // addresses or networks whose X-Forwarded-For counts
	AsyncAPI        []byte   // the description of the messages, in YAML; empty: not served
	Streams         StreamTimes
}

// UseCases are what the endpoints run.
type UseCases struct {
	ByAuthorizationCode *issue.ByAuthorizationCode
	ByRefreshToken      *issue.ByRefreshToken
	ByDeviceCode        *issue.ByDeviceCode
	ByClientCredentials *issue.ByClientCredentials
	Begin               *authorize.Begin
	Pending             *authorize.Pending
	Consent             *authorize.Consent
	DeviceRequest       *authorize.DeviceRequest
	DeviceConsent       *authorize.DeviceConsent
	Introspect          *introspect.Token
	UserInfo            *introspect.UserInfo
	RevokeToken         *revoke.Token
	RevokeGrant         *revoke.Grant
	Grants              *review.Grants
	Password            *signin.Password
	Leave               *signin.Leave

	Proofs   ProofUseCases
	Passkeys PasskeyUseCases
	Keys     KeyUseCases
	Upstream UpstreamUseCases
	Account  AccountUseCases
	Admin    AdminUseCases
}

// Roles are what the endpoints need beside use cases.
type Roles struct {
	Gate     Gate
	Pages    Pages
	Keys     ports.KeyRing
	Failures ports.Limits // of client authentication, counted for client and source
	Devices  ports.Limits // device authorization requests, counted for client and source
	Clock    ports.Clock
	Entropy  ports.Entropy
	Observer Observer
	Log      *slog.Logger
	Inbox    ports.Inbox
	Stopping <-chan struct{}             // closed when the server stops: what lasts ends then
	Ready    func(context.Context) error // why the server cannot answer now; nil when it can
}

// Gate recognises people by their session cookie. It is safe for concurrent use.
type Gate interface {
	// Recognise tells who made the request: session.ErrNotSignedIn when nobody is signed in. Any
	// other error means that it is not known.
	Recognise(c *gin.Context) (signin.Recognised, error)

	// Welcome gives the browser a new session.
	Welcome(c *gin.Context, token oauth.Opaque)

	// Farewell takes the session from the browser.
	Farewell(c *gin.Context)

	// Entrust lets the browser keep a ticket for a while, under an id of its own.
	Entrust(c *gin.Context, id, ticket string, lasts time.Duration)

	// Recall takes the ticket with an id back from the browser; empty: it has none.
	Recall(c *gin.Context, id string) string
}

// Pages are what people see in a browser.
type Pages interface {
	// Mount adds the routes of the pages.
	Mount(r gin.IRoutes)

	// Problem answers with a page that tells a person what went wrong and what to do. The cause is
	// what was refused; one that is no refusal is not shown.
	Problem(c *gin.Context, status int, cause error)
}

// addresses are the URLs that Writ names in its answers.
type addresses struct {
	issuer       string
	origin       string
	prefix       string // what a proxy may leave in front of every path
	suffix       string // the issuer's path
	endpoints    string // the URL under which the endpoints are
	authorize    string
	login        *url.URL
	consent      *url.URL
	verification *url.URL
	resource     string // the metadata of the API as a protected resource
}

// addressesOf derives the URLs of a server. An issuer whose path ends in /api has its endpoints
// right there (as Storyden does); any other has them under /api.
func addressesOf(cfg Config) (addresses, error) {
	issuer, err := url.Parse(cfg.Server.Issuer)
	if err != nil {
		return addresses{}, fmt.Errorf("read the issuer %q: %w", cfg.Server.Issuer, err)
	}
	path := strings.TrimSuffix(issuer.Path, "/")
	a := addresses{issuer: cfg.Server.Issuer, suffix: path, prefix: strings.TrimSuffix(path, "/api")}
	a.origin = issuer.Scheme + "://" + issuer.Host
	root := a.origin + a.prefix
	a.endpoints = root + "/api"
	a.authorize = a.prefix + "/api/oauth/authorize"
	a.resource = a.origin + "/.well-known/oauth-protected-resource" + path + "/api"
	for _, page := range []struct {
		into     **url.URL
		set, own string
	}{
		{&a.login, cfg.LoginURL, root + "/login"},
		{&a.consent, cfg.ConsentURL, root + "/oauth/authorize/consent"},
		{&a.verification, cfg.VerificationURI, root + "/device"},
	} {
		*page.into, err = url.Parse(cmp.Or(page.set, page.own))
		if err != nil {
			return addresses{}, fmt.Errorf("read the address of a page %q: %w", page.set, err)
		}
	}
	return a, nil
}

func parameterOf(name, value string) parameter { return parameter{name: name, value: value} }

// with is u with more parameters in its query. Those without a value are left out.
func with(u *url.URL, more ...parameter) string {
	extended := *u
	for _, p := range more {
		if p.value == "" {
			continue
		}
		if extended.RawQuery != "" {
			extended.RawQuery += "&"
		}
		extended.RawQuery += url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value)
	}
	return extended.String()
}
