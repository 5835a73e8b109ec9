package httpapi

import (
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
)

// UpstreamUseCases are those of other providers.
type UpstreamUseCases struct {
	Begin  *signin.UpstreamBegin
	Finish *signin.UpstreamFinish
	Own    *maintain.Identities
}

// upstreamEndpoint sends people to other providers, and takes in who comes back.
type upstreamEndpoint struct {
	uc     UpstreamUseCases
	gate   Gate
	keeper *gatekeeper
	at     addresses
	refuse refusals
}

type upstreamView struct {
	Name   string `json:"name"`
	Label  string `json:"label"`
	Issuer string `json:"issuer"`
}

type upstreamList struct {
	Providers []upstreamView `json:"providers"`
}

func (e upstreamEndpoint) list(c *gin.Context) {
	shown := upstreamList{Providers: []upstreamView{}}
	for _, u := range e.uc.Begin.All() {
		shown.Providers = append(shown.Providers, upstreamView(u))
	}
	answer(c, shown)
}

// departure is the body that begins a sign-in at another provider, or links an identity there.
type departure struct {
	Return string `json:"return_url"`
	Link   bool   `json:"link"`
}

// begin answers a script with where to go, and a form with a page that leads there.
func (e upstreamEndpoint) begin(c *gin.Context) {
	byForm := hasMediaType(c.Request, formType)
	gone, err := e.depart(c, byForm)
	switch {
	case err != nil && byForm:
		e.refuse.navigation(c, err)
	case err != nil:
		e.refuse.person(c, err)
	case byForm:
		onward(c, gone.Address)
	default:
		answer(c, struct {
			Location string `json:"location"`
		}{gone.Address})
	}
}

// onward leads to another site without a redirect, which the form-action of the page with the form
// would stop (CSP Level 3 §6.4.2).
func onward(c *gin.Context, address string) {
	quoted := html.EscapeString(address)
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8">`+
		`<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="0;url=`+quoted+`"><title>One moment</title></head>`+
		`<body><main><h1>One moment</h1><p><a id="onward" href="`+quoted+`" rel="noreferrer">Go on to sign in</a></p></main></body></html>`))
}

func (e upstreamEndpoint) depart(c *gin.Context, byForm bool) (signin.Departure, error) {
	body, err := readDeparture(c, byForm)
	if err != nil {
		return signin.Departure{}, err
	}
	cmd := signin.UpstreamBeginCommand{Upstream: idIn(c), Return: e.placeOf(body.Return)}
	if body.Link {
		who, err := e.gate.Recognise(c)
		if err != nil {
			return signin.Departure{}, err
		}
		cmd.Link = &who.Visitor
	}
	gone, err := e.uc.Begin.Execute(c.Request.Context(), cmd)
	if err == nil {
		e.gate.Entrust(c, gone.ID, gone.Ticket, gone.Lasts)
	}
	return gone, err
}

func readDeparture(c *gin.Context, byForm bool) (departure, error) {
	var body departure
	if byForm {
		f, err := readForm(c)
		return departure{Return: f.value("return_url"), Link: f.value("link") != ""}, err
	}
	err := readJSON(c, &body, func() []string { return []string{body.Return} })
	return body, err
}

// longestReturn keeps a ticket within what browsers keep in a cookie, in bytes.
const longestReturn = 2000

// placeOf is where a person may be sent afterwards: a path of this server, or a page of one of the
// frontends that are configured (RFC 9700 §4.11.2). Everything else is nowhere in particular.
func (e upstreamEndpoint) placeOf(wanted string) string {
	odd := strings.ContainsFunc(wanted, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f })
	u, err := url.Parse(wanted)
	switch {
	case odd, err != nil, len(wanted) > longestReturn:
		return ""
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(wanted, "/") && !strings.HasPrefix(wanted, "//"):
		return wanted
	case u.User == nil && e.keeper.trusts(u.Scheme+"://"+u.Host):
		return wanted
	default:
		return ""
	}
}

func (e upstreamEndpoint) place(kept string) string {
	if kept == "" {
		return e.at.prefix + "/"
	}
	return kept
}

// finish is where a provider sends people back to.
func (e upstreamEndpoint) finish(c *gin.Context) {
	f := parseForm(c.Request.URL.RawQuery)
	if err := f.check(); err != nil {
		e.refuse.navigation(c, err)
		return
	}
	visitor, err := visitorOf(e.gate, c)
	if err != nil {
		e.refuse.navigation(c, err)
		return
	}
	state := f.value("state")
	arrived, err := e.uc.Finish.Execute(c.Request.Context(), signin.UpstreamFinishCommand{
		Upstream: idIn(c), Ticket: e.gate.Recall(c, signin.DepartureOf(state)), State: state,
		Code: oauth.Secret(f.value("code")), Issuer: f.value("iss"), Failed: f.value("code") == "",
		Visitor: visitor, Visit: browserOf(c),
	})
	switch {
	case err != nil && f.value("error") == string(oauth.AccessDenied) && !arrived.Linking && arrived.Return != "":
		redirect(c, http.StatusFound, with(e.at.login, parameterOf("return_url", arrived.Return))) // the person changed their mind
	case err != nil:
		e.refuse.navigation(c, err)
	case arrived.Linking:
		redirect(c, http.StatusFound, e.place(arrived.Return))
	default:
		e.gate.Welcome(c, arrived.Token)
		redirect(c, http.StatusFound, e.place(arrived.Return))
	}
}

// navigation answers somebody whose browser came here by itself: with a page.
func (w refusals) navigation(c *gin.Context, err error) {
	p := w.problem(c, err)
	visitOf(c).outcome = p.code
	if accepts(c, jsonType) && !accepts(c, "text/html") {
		w.person(c, p)
		return
	}
	w.pages.Problem(c, p.status, err)
	c.Abort()
}
