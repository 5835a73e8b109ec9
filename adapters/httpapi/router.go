package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// route is one line of the route table.
type route struct {
	method, path string
	sharing      sharing
	serve        gin.HandlerFunc
}

// kept are the routes of what is ready to be sent at any time, and waits for nothing.
func (e *endpoints) kept() []route {
	const get, head = http.MethodGet, http.MethodHead
	table := []route{
		{get, "/healthz", withNobody, e.health.alive},
		{head, "/healthz", withNobody, e.health.alive},

		{get, "/api/oauth/jwks", withAnyone, e.documents.publishedKeys},
		{head, "/api/oauth/jwks", withAnyone, e.documents.publishedKeys},
		{get, "/api/openapi.json", withAnyone, e.documents.spec.serve},
		{head, "/api/openapi.json", withAnyone, e.documents.spec.serve},
	}
	if e.documents.events != nil {
		table = append(table, route{get, "/api/asyncapi.yaml", withAnyone, e.documents.events.serve},
			route{head, "/api/asyncapi.yaml", withAnyone, e.documents.events.serve})
	}
	for path, serve := range e.documents.wellKnown() {
		table = append(table, route{get, path, withAnyone, serve}, route{head, path, withAnyone, serve})
	}
	return table
}

// issuing are the routes that programs use most, which are refused when there is too much to do.
func (e *endpoints) issuing() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{post, "/api/oauth/token", withAnyone, e.token.issue},
		{post, "/api/oauth/device_authorization", withAnyone, e.deviceAuthorization.request},
		{post, "/api/oauth/revoke", withAnyone, e.revocation.revoke},
		{post, "/api/oauth/introspect", withAnyone, e.introspection.answer},
		{get, "/api/oauth/userinfo", withAnyone, e.userinfo.tell},
		{post, "/api/oauth/userinfo", withAnyone, e.userinfo.tell},
	}
}

// routes is every other route of the protocol, signing in, and what it is needed for.
func (e *endpoints) routes() []route {
	const get, head, post, del = http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete
	return []route{
		{get, "/readyz", withNobody, e.health.ready},
		{head, "/readyz", withNobody, e.health.ready},

		{get, "/api/oauth/authorize", withNobody, e.authorization.begin},
		{post, "/api/oauth/authorize", withNobody, e.authorization.post},
		{get, "/api/oauth/authorize/consent", withWebOrigins, e.consent.read},
		{post, "/api/oauth/authorize/consent", withWebOrigins, e.guarded(e.consent.decide)},
		{get, "/api/oauth/device/consent", withWebOrigins, e.deviceConsent.read},
		{post, "/api/oauth/device/consent", withWebOrigins, e.guarded(e.deviceConsent.decide)},

		{post, "/api/auth/password/signin", withWebOrigins, e.guarded(e.sessions.signIn)},
		{post, "/api/auth/logout", withWebOrigins, e.guarded(e.sessions.logout)},
		{get, "/api/auth/oauth/tokens", withWebOrigins, e.grants.list},
		{del, "/api/auth/oauth/tokens/:id", withWebOrigins, e.guarded(e.grants.revoke)},
	}
}

// proofs are the routes of codes and links that are sent to people.
func (e *endpoints) proofs() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	table := []route{
		{post, "/api/auth/phone", withWebOrigins, e.guarded(e.phone.start)},
		{put, "/api/auth/phone/:account_handle", withWebOrigins, e.guarded(e.phone.end)},
		{post, "/api/auth/email", withWebOrigins, e.guarded(e.email.start)},
		{put, "/api/auth/email/:id", withWebOrigins, e.guarded(e.email.end)},
		{post, "/api/auth/password/signup", withWebOrigins, e.guarded(e.signUp.start)},
		{put, "/api/auth/password/signup", withWebOrigins, e.guarded(e.signUp.end)},
		{post, "/api/auth/password/reset", withWebOrigins, e.guarded(e.reset.start)},
		{put, "/api/auth/password/reset", withWebOrigins, e.guarded(e.reset.end)},
	}
	for path, own := range map[string]contactEndpoint{"/api/auth/account/emails": e.emails, "/api/auth/account/phones": e.phones} {
		table = append(table,
			route{get, path, withWebOrigins, own.list},
			route{post, path, withWebOrigins, e.guarded(own.start)},
			route{put, path, withWebOrigins, e.guarded(own.end)},
			route{patch, path + "/:id", withWebOrigins, e.guarded(own.prefer)},
			route{del, path + "/:id", withWebOrigins, e.guarded(own.remove)})
	}
	return table
}

// waysIn are the routes of passkeys, other providers and access keys.
func (e *endpoints) waysIn() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{post, "/api/auth/passkey", withWebOrigins, e.guarded(e.passkeySignIn.begin)},
		{put, "/api/auth/passkey", withWebOrigins, e.guarded(e.passkeySignIn.finish)},
		{get, "/api/auth/passkeys", withWebOrigins, e.passkeys.list},
		{post, "/api/auth/passkeys", withWebOrigins, e.guarded(e.passkeys.begin)},
		{put, "/api/auth/passkeys", withWebOrigins, e.guarded(e.passkeys.finish)},
		{patch, "/api/auth/passkeys/:id", withWebOrigins, e.guarded(e.passkeys.rename)},
		{del, "/api/auth/passkeys/:id", withWebOrigins, e.guarded(e.passkeys.remove)},

		{get, "/api/auth/access-keys", withWebOrigins, e.accessKeys.list},
		{post, "/api/auth/access-keys", withWebOrigins, e.guarded(e.accessKeys.create)},
		{del, "/api/auth/access-keys/:id", withWebOrigins, e.guarded(e.accessKeys.remove)},

		{get, "/api/auth/upstream", withWebOrigins, e.upstream.list},
		{post, "/api/auth/upstream/:id", withWebOrigins, e.guarded(e.upstream.begin)},
		{get, "/api/auth/upstream/:id/callback", withNobody, e.upstream.finish},
		{get, "/api/auth/identities", withWebOrigins, e.identities.list},
		{del, "/api/auth/identities/:id", withWebOrigins, e.guarded(e.identities.unlink)},
	}
}

// account are the routes of one's own account.
func (e *endpoints) account() []route {
	const get, patch, del = http.MethodGet, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/api/auth/account", withWebOrigins, e.profile.show},
		{patch, "/api/auth/account", withWebOrigins, e.guarded(e.profile.change)},
		{del, "/api/auth/account", withWebOrigins, e.guarded(e.profile.erase)},
		{get, "/api/auth/account/export", withWebOrigins, e.export.give},
		{patch, "/api/auth/password", withWebOrigins, e.guarded(e.password.change)},
		{get, "/api/auth/sessions", withWebOrigins, e.ownSessions.list},
		{del, "/api/auth/sessions", withWebOrigins, e.guarded(e.ownSessions.endAll)},
		{del, "/api/auth/sessions/:id", withWebOrigins, e.guarded(e.ownSessions.end)},
		{del, "/api/auth/oauth/tokens", withWebOrigins, e.guarded(e.ownGrants.revoke)},
	}
}

// forAdmins are the routes of whoever looks after the server.
func (e *endpoints) forAdmins() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/api/admin/events", withNobody, e.admin.events.list},
		{get, "/api/admin/events/:id", withNobody, e.admin.events.show},
		{get, "/api/admin/accounts/:id/at", withNobody, e.admin.questions.at},
		{post, "/api/admin/explain", withNobody, e.guarded(e.admin.questions.explain)},
		{get, "/api/admin/inbox/rejected", withNobody, e.admin.inbox.list},
		{get, "/api/admin/inbox/rejected/:place", withNobody, e.admin.inbox.show},
		{post, "/api/admin/inbox/replay", withNobody, e.guarded(e.admin.inbox.replay)},
	}
}

// lasting are the routes whose answers take as long as they take.
func (e *endpoints) lasting() []route {
	return []route{
		{http.MethodGet, "/api/admin/events/stream", withNobody, e.admin.stream.follow},
		{http.MethodGet, "/api/admin/audit", withNobody, e.admin.audit.give},
	}
}

// forPeople is every route of the protocol and of the API that acts for people.
func (e *endpoints) forPeople() []route {
	return slices.Concat(e.routes(), e.proofs(), e.waysIn(), e.account())
}

// guarded runs serve unless a page of a strange origin made the request.
func (e *endpoints) guarded(serve gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		e.gatekeeper.protect(c)
		if !c.IsAborted() {
			serve(c)
		}
	}
}

// New makes the handler of everything that Writ serves over HTTP. It is safe for concurrent use.
func New(cfg Config, uc UseCases, roles Roles) (http.Handler, error) {
	e, err := newEndpoints(cfg, uc, roles)
	if err != nil {
		return nil, err
	}
	engine, err := e.engine(cfg, roles)
	if err != nil {
		return nil, err
	}
	e.mount(engine, e.kept(), forPrograms)
	e.mount(engine, e.issuing(), forPrograms, showRefusals, e.admission.screen(), limitTime)
	e.mount(engine, e.forPeople(), limitTime)
	e.mount(engine, e.forAdmins(), limitTime)
	e.mount(engine, e.lasting())
	for path, p := range preflights(slices.Concat(e.kept(), e.issuing(), e.forPeople())) {
		engine.OPTIONS(path, e.gatekeeper.share(p.sharing), preflight(p.methods))
	}
	roles.Pages.Mount(engine.Group("", limitTime))
	return withoutPrefix(e.addresses.prefix, engine), nil
}

// mount adds routes, with steps between the headers that their answers have in any case and what
// serves them.
func (e *endpoints) mount(r gin.IRoutes, table []route, steps ...gin.HandlerFunc) {
	for _, line := range table {
		chain := slices.Concat([]gin.HandlerFunc{e.gatekeeper.share(line.sharing)}, steps, []gin.HandlerFunc{line.serve})
		r.Handle(line.method, line.path, chain...)
	}
}

func (e *endpoints) engine(cfg Config, roles Roles) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // a redirect would lose the body of a POST
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	err := engine.SetTrustedProxies(cfg.TrustedProxies)
	if err != nil {
		return nil, err
	}
	secure := strings.HasPrefix(cfg.Server.Issuer, "https://")
	engine.Use(trace(roles.Entropy), observe(roles.Observer, roles.Log, roles.Clock), harden(secure), e.refuse.recoverPanic)
	engine.NoRoute(e.refuse.noRoute)
	engine.NoMethod(e.refuse.noMethod)
	return engine, nil
}

// shared is what a preflight answer says of a path.
type shared struct {
	sharing sharing
	methods []string
}

func preflights(routes []route) map[string]shared {
	found := map[string]shared{}
	for _, r := range routes {
		if r.sharing != withNobody {
			found[r.path] = shared{r.sharing, append(slices.Clip(found[r.path].methods), r.method)}
		}
	}
	return found
}

func (w refusals) noRoute(c *gin.Context) {
	if isForPrograms(c.Request.URL.Path) {
		w.person(c, errNoRoute)
		return
	}
	visitOf(c).outcome = errNoRoute.code
	w.pages.Problem(c, errNoRoute.status, errNoRoute)
}

// noMethod answers for a path that takes other methods. They are in the Allow header already.
func (w refusals) noMethod(c *gin.Context) {
	switch path := c.Request.URL.Path; {
	case isProtocol(path):
		visitOf(c).outcome = errMethod.code
		c.AbortWithStatusJSON(errMethod.status, protocolError{Error: "invalid_request", Description: "the method is not allowed here"})
	default:
		w.person(c, errMethod)
	}
}

// withoutPrefix serves the same under the path of the issuer, for proxies that do not cut it off.
func withoutPrefix(prefix string, serve http.Handler) http.Handler {
	if prefix == "" {
		return serve
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, has := strings.CutPrefix(r.URL.Path, prefix); has && strings.HasPrefix(rest, "/") {
			inner := *r.URL
			inner.Path, inner.RawPath = rest, ""
			r = r.Clone(r.Context())
			r.URL = &inner
		}
		serve.ServeHTTP(w, r)
	})
}
